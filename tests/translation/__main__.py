"""Makes the template, the languages' catalogues and Krita's entry anew."""

from __future__ import annotations

from . import catalogues, template


def main() -> None:
    """Write what has changed, and tell how many texts each language lacks."""
    texts = template.template()
    template.TEMPLATE.write_bytes(catalogues.written(texts))
    for language in catalogues.languages():
        catalogue = catalogues.updated(catalogues.read(language), texts)
        catalogues.source(language).write_bytes(catalogues.written(catalogue))
        compiled = catalogues.compiled(language)
        compiled.parent.mkdir(parents=True, exist_ok=True)
        compiled.write_bytes(catalogues.binary(catalogue))
        lacking = sum(not all(catalogues.strings(message)) for message in catalogue if message.id)
        print(f"{language}: {len(catalogue)} texts, {lacking} without a translation")
    template.DESKTOP.write_text(catalogues.desktop(), encoding="utf-8")


if __name__ == "__main__":
    main()
