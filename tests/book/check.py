"""Opens every page of the book in a headless Chromium: check.py BOOK_FOLDER [SCREENSHOT_FOLDER]

Errors, pictures, formulas, colours, links, widths, pictures with steps, turning pages, searching.
With a second folder, a screenshot of each page for a phone and a desk, light and dark, is written
there.
"""

import os
import sys
import urllib.parse
from pathlib import Path

from browser import Browser, missing

SIZES = {"phone": (390, 844), "desk": (1280, 900)}
SCHEMES = ("light", "dark")
PAGE_JS, STEPS_JS = ((Path(__file__).parent / name).read_text() for name in ("page.js", "steps.js"))


class Book:
    def __init__(self, folder, browser, screenshots):
        self.folder, self.browser, self.screenshots = folder, browser, screenshots
        self.names = sorted(path.stem for path in folder.glob("*.html"))
        self.ids, self.links, self.problems = {}, {}, {}  # problems: where each was seen
        self.steps = 0

    def url(self, name, fragment=""):
        return (self.folder / f"{name}.html").as_uri() + fragment

    def complain(self, page, what, view=None):
        views = self.problems.setdefault((page, what), [])
        if view:
            views.append(view)

    def check_page(self, name):
        for size, (width, height) in SIZES.items():
            self.browser.resize(width, height)
            for scheme in SCHEMES:
                self.browser.set_scheme(scheme)
                self.browser.open(self.url(name))
                self.browser.run("document.querySelectorAll('details').forEach((d) => d.open = true)")
                found = self.browser.run(PAGE_JS)
                for problem in found["problems"] + self.browser.log():
                    self.complain(name, problem, f"{size}, {scheme}")
                if self.screenshots:
                    self.photograph(name, size, scheme)
        self.ids[name], self.links[name] = set(found["ids"]), found["links"]
        walked = self.browser.run(STEPS_JS)
        self.steps += walked["steps"]
        for problem in walked["problems"] + self.browser.log():
            self.complain(name, problem)

    def photograph(self, name, size, scheme):
        width, _ = SIZES[size]
        tall = self.browser.run("return document.documentElement.scrollHeight")
        self.browser.resize(width, min(tall, 16000))
        self.browser.screenshot(self.screenshots / f"{name}-{size}-{scheme}.png")
        self.browser.resize(*SIZES[size])

    def check_links(self):
        for name, links in self.links.items():
            for link in links:
                parts = urllib.parse.urlsplit(link)
                if parts.scheme in ("http", "https"):
                    continue
                path = Path(urllib.parse.unquote(parts.path))
                fragment = urllib.parse.unquote(parts.fragment)
                if parts.scheme != "file" or path.parent != self.folder or not path.is_file():
                    self.complain(name, f"a link to nowhere: {link}")
                elif fragment and fragment not in self.ids.get(path.stem, ()):
                    self.complain(name, f"a link to a section that is not there: {link}")

    def page(self):
        return Path(urllib.parse.urlsplit(self.browser.url()).path).stem

    def check_turning(self):
        """From the first page to the last by "next", and back by "previous"."""
        self.browser.open(self.url("index"))
        walk = ["index"]
        has = "return document.querySelector(arguments[0]) !== null"
        while self.browser.run(has, 'a[rel="next"]') and len(walk) <= len(self.names):
            self.browser.click('a[rel="next"]')
            walk.append(self.page())
        if sorted(walk) != self.names:
            self.complain("next", f"leads over {len(walk)} of {len(self.names)} pages")
        for expected in walk[-2::-1]:
            self.browser.click('a[rel="prev"]')
            if self.page() != expected:
                self.complain("previous", f"leads to {self.page()}, not back to {expected}")
                break

    def results(self, query):
        self.browser.run("document.getElementById('query').value = ''")
        self.browser.type("#query", query)
        return self.browser.run("return [...document.querySelectorAll('#results a')].map((a) => a.href)")

    def check_search(self):
        self.browser.open(self.url("index"))
        for query, page in (("softmax", "09-attention"), ("relative bucket", "10-positions"),
                            ("beam search", "16-generation"), ("Viterbi", "07-tokens")):
            links = self.results(query)
            if not any(f"/{page}.html" in link for link in links):
                self.complain("search", f'"{query}" does not lead to {page}, but to {links}')
        if self.results("xyzzyplugh"):
            self.complain("search", "finds a word that the book does not have")
        self.browser.type("#query", "\ue00c")  # Escape
        if self.browser.run("return !document.getElementById('results').hidden"):
            self.complain("search", "Escape leaves the results open")
        first = self.results("softmax")[0]
        self.browser.click("#results a")
        if self.browser.url() != first:
            self.complain("search", f"a click on {first} leads to {self.browser.url()}")

    def check_pdf(self):
        pdf = self.folder / "t5-from-scratch.pdf"
        data = pdf.read_bytes() if pdf.is_file() else b""
        if not data.startswith(b"%PDF-") or data.count(b"/Type /Page\n") < 5 * len(self.names):
            self.complain(pdf.name, "is missing, or has too few pages")
        if b"/Outlines" not in data:
            self.complain(pdf.name, "has no outline")


def main(arguments):
    if (program := missing()) is not None:
        sys.exit(f"check-book: {program} is not installed; nothing was checked")
    folder = Path(arguments[0]).resolve()
    if not (folder / "index.html").is_file():
        sys.exit(f"check-book: {folder} holds no book; `make book` makes it")
    screenshots = Path(arguments[1]) if len(arguments) > 1 else None
    if screenshots:
        os.makedirs(screenshots, exist_ok=True)
    browser = Browser()
    try:
        book = Book(folder, browser, screenshots)
        for name in book.names:
            book.check_page(name)
        book.check_links()
        book.check_turning()
        book.check_search()
        book.check_pdf()
    finally:
        browser.close()
    for (page, what), views in book.problems.items():
        print(f"{page}: {what}" + (f" ({'; '.join(views)})" if views else ""))
    print(f"{len(book.names)} pages, {sum(map(len, book.links.values()))} links, "
          f"{book.steps} steps, {len(book.problems)} problems")
    return 1 if book.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
