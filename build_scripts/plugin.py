"""The MkDocs plugin: thin event methods; what they do is in `pages`, `fences`, `csp` and `output`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.config import base, config_options
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.utils import get_relative_url

from build_scripts import csp, exercises, fences, glossary, output, pages, questions, settings
from build_scripts.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page
    from mkdocs.utils.templates import TemplateContext

LUNR = "assets/javascripts/lunr/"
LUNR_KEPT = {f"{LUNR}min/lunr.{name}.min.js" for name in ("stemmer.support", "multi", *pages.LANGUAGES)}
NOT_PUBLISHED = ("errors/", "messages/")


class PasserelleConfig(base.Config):  # type: ignore[no-untyped-call]
    """The options under `plugins: - passerelle:` in mkdocs.yml."""

    build = config_options.Type(str, default="_build")
    """Folder of what else is generated: the engine, the browser bundle. Relative to mkdocs.yml."""
    messages = config_options.Type(str, default="site/theme/messages")
    """Folder of the sentences for learners, one JSON file a language. Relative to mkdocs.yml."""
    notebooks = config_options.Type(str, default="notebooks")
    """Folder of practice and released notebooks. Relative to mkdocs.yml."""


class Passerelle(BasePlugin[PasserelleConfig]):  # type: ignore[no-untyped-call]
    """Lessons whose Python runs, notebooks in their pages, three languages, one content policy."""

    root: Path
    site: settings.Site
    glossaries: Mapping[str, Sequence[glossary.Word]]

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Event `config`: refuse a dangerous `site_dir`; put the pages of this language in their reading order."""
        self.root = Path(config.config_file_path).parent
        try:
            output.refuse_tracked(Path(config.site_dir), self.root)
        except Fault as fault:
            raise PluginError(f"{fault.what}\n{fault.fix}") from None
        config.site_dir = os.environ.get(output.STAGED, config.site_dir)
        self.site = settings.Site.read(
            build=self.root / self.config.build,
            messages=self.root / self.config.messages,
            notebooks=self.root / self.config.notebooks,
        )
        self.glossaries = glossary.find(Path(config.docs_dir))
        found = [page for page in pages.find(Path(config.docs_dir)) if page.language == self._language(config)]
        home_title = self.site.texts[self._language(config)]["site.home"]
        config.nav = pages.order(found, home_title)
        return config

    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Event `files`: leave out what no page of ours asks for, so that a copy of the site stays small."""
        del config
        for file in list(files):
            unused_lunr = file.src_uri.startswith(LUNR) and file.src_uri not in LUNR_KEPT
            if unused_lunr or file.src_uri.startswith(NOT_PUBLISHED) or file.src_uri.endswith(".map"):
                files.remove(file)
        return files

    def on_page_markdown(self, markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Event `page_markdown`: refuse a cell that asks for something cells do not have."""
        del files
        for fence in fences.scan(markdown):
            if fence.is_cell and (reason := fences.unknown_option(fence.options)):
                raise PluginError(f"{page.file.src_uri}: unknown-cell-option: {reason}")
        if self._identity(page, config) == glossary.PAGE:
            return glossary.page(markdown, self._language(config), self.glossaries)
        return questions.fold(exercises.fold(markdown), self.site.texts[self._language(config)])

    def on_page_content(self, html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Event `page_content`: mark the words of the glossary in lessons."""
        del files
        language = self._language(config)
        if not page.file.src_uri.startswith(f"{language}/"):  # a page that is not translated yet
            return html
        identity = self._identity(page, config)
        if "/" not in identity or identity.endswith("/index"):
            return html
        home = "" if language == pages.SOURCE else f"{language}/"
        address = get_relative_url(f"{home}{glossary.PAGE}/", page.url)
        return glossary.mark(html, self.glossaries.get(language, ()), address, language)

    def on_page_context(
        self, context: TemplateContext, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """Event `page_context`: hand the templates the page's configuration, its links and its sentences."""
        del nav
        language = self._language(config)
        root = get_relative_url(".", page.url).rstrip("/") + "/"
        for alternate in config.extra.get("alternate", []):
            twin = page.file.alternates.get(alternate["lang"]) if hasattr(page.file, "alternates") else None
            home = "" if alternate["lang"] == pages.SOURCE else f"{alternate['lang']}/"
            alternate["link"] = twin.url if twin else home
        identity = self._identity(page, config)
        view = self.site.view(
            language=language,
            page=identity,
            root=root,
            meta=page.meta,
            source=page.markdown or "",
            content=page.content or "",
        )
        if words := glossary.shown(page.content or "", language, self.glossaries):
            view.config["glossary"] = words
        context["passerelle"] = view  # type: ignore[typeddict-unknown-key]
        return context

    def on_template_context(
        self, context: TemplateContext, template_name: str, config: MkDocsConfig
    ) -> TemplateContext:
        """Event `template_context`: the page for addresses that do not exist speaks every language."""
        del template_name, config
        context["passerelle_texts"] = self.site.texts  # type: ignore[typeddict-unknown-key]
        return context

    @event_priority(-200)
    def on_post_page(self, output: str, page: Page, config: MkDocsConfig) -> str:
        """Event `post_page`: say the direction on the root element; put the policy in, over what is really inside."""
        root = get_relative_url(".", page.url).rstrip("/") + "/"
        language = self._language(config)
        home = root if language == pages.SOURCE else f"{root}{language}/"
        releases = self.site.releases.get(page.meta.get("assignment", ""), [])
        addresses = [address for release in releases for address in release["addresses"]]
        return self._finish(pages.search_from(output, home), config, addresses)

    @event_priority(-200)
    def on_post_template(self, output_content: str, template_name: str, config: MkDocsConfig) -> str:
        """Event `post_template`: one page for addresses that do not exist, for all languages."""
        if not template_name.endswith(".html"):
            return output_content
        return self._finish(output_content, config) if self._language(config) == pages.SOURCE else ""

    @event_priority(-200)
    def on_post_build(self, config: MkDocsConfig) -> None:
        """Event `post_build`: after the last language, one search index a language instead of one for all."""
        if getattr(config.plugins.get("i18n"), "building", False):
            return
        whole = Path(config.site_dir) / "search" / "search_index.json"
        for language, index in pages.split_search(json.loads(whole.read_text("utf-8")), pages.LANGUAGES).items():
            folder = Path(config.site_dir) / ("" if language == pages.SOURCE else language) / "search"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / whole.name).write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), "utf-8")

    def _language(self, config: MkDocsConfig) -> str:
        i18n: Any = config.plugins.get("i18n")
        return getattr(i18n, "current_language", None) or pages.SOURCE

    def _identity(self, page: Page, config: MkDocsConfig) -> str:
        return page.file.src_uri.removeprefix(f"{self._language(config)}/").removesuffix(".md")

    def _finish(self, html: str, config: MkDocsConfig, addresses: Sequence[str] = ()) -> str:
        language = self._language(config)
        direction = "rtl" if language in pages.RIGHT_TO_LEFT else "ltr"
        turned = html.replace(f'<html lang="{language}"', f'<html lang="{language}" dir="{direction}"', 1)
        return csp.protect(turned, csp.posting_to(list(addresses)))
