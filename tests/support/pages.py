"""What tests of HTML pages share: hostile text, a page's parts, and a page in a browser."""

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Dialog, Page

HOSTILE = (
    "<script>document.title = 'hacked'; alert(1)</script>"
    "\"'><img src=x onerror=\"document.title = 'hacked'\">"
    "<style>* { display: none }</style></style></title></pre></details><base href='http://example.org/'>"
    "<iframe src='http://example.org/'></iframe><meta http-equiv=refresh content='0; http://example.org/'>"
    "{{7*7}}{% raise %}<!-- &#60;b&#62; ]]> \x1b[31m \x00 \u202e\u2066 \ud800 \x9b \r"
)
TAGS = {
    *("html", "head", "meta", "link", "title", "style", "body", "header", "main", "footer", "section"),
    *("h1", "h2", "h3", "p", "div", "span", "bdi", "strong", "a", "ul", "ol", "li", "details", "summary"),
    *("pre", "code", "mark", "figure", "figcaption", "svg", "rect", "path", "text"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "rel", "href", "id", "class", "style", "open", "role"),
    *("aria-hidden", "aria-label", "aria-labelledby", "viewbox", "preserveaspectratio", "shape-rendering"),
    *("width", "height", "x", "y", "d", "fill"),
}
# What plots have besides.
PLOT_TAGS = {"g", "defs", "use", "clippath", "line", "circle", "nav", "dl", "dt", "dd", "table", "thead", "tbody"}
PLOT_TAGS |= {"tr", "th", "td"}
PLOT_ATTRIBUTES = {"transform", "clip-path", "tabindex", "scope"}


def with_every_text(part: Any, text: str) -> Any:
    """The same with ``text`` before every string in it, however deep."""
    if isinstance(part, str):
        return text + part
    if isinstance(part, tuple):
        return tuple(with_every_text(member, text) for member in part)
    if is_dataclass(part) and not isinstance(part, type | Enum):
        return replace(
            part, **{field.name: with_every_text(getattr(part, field.name), text) for field in fields(part)}
        )
    return part


class Parsed(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.comments: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def texts(page: str) -> str:
    return " ".join(" ".join(Parsed(page).texts).split())


class Visit:
    """A page in the browser, with what it asked for and whether a dialog opened."""

    def __init__(self, context: "BrowserContext", file: Path) -> None:
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", self._dialog)
        self.page.goto(file.as_uri())
        self.page.wait_for_load_state("networkidle")

    def _dialog(self, dialog: "Dialog") -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()
