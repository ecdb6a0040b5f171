"""The catalogues of the plug-ins' texts.

`python -m tests.translation` makes the template anew, brings every language in line with it, and compiles them. What has no
translation yet is left empty there, and the tests of this package then fail. A new language begins as a copy of the template,
plugin/locale/LANGUAGE.po, and is compiled by the same command.

The engine speaks English. What it says to a host's user is listed in plugin/common/engine_sentences.py; `sentences` reads the
engine's sources, and test_engine_words names each new sentence that is not in the list.
"""
