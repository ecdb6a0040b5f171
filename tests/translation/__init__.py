"""The catalogues of the plug-ins' texts.

`python -m tests.translation` makes the template anew, brings every language in line with it, and compiles them. What has no
translation yet is left empty there, and the tests of this package then fail. A new language begins as a copy of the template,
plugin/locale/LANGUAGE.po, and is compiled by the same command.
"""
