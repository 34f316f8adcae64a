// Search without a server. index.js holds one entry for each section: [page, id, title, text].
"use strict";
(() => {
  const form = document.getElementById("search");
  const query = document.getElementById("query");
  const results = document.getElementById("results");
  const sections = document.getElementById("sections");
  if (window.matchMedia("(min-width: 70rem)").matches) sections.open = true;

  const entries = sectionsOfBook.map(([page, id, title, text]) => {
    return { page, id, title, text, lower: text.toLowerCase(), head: title.toLowerCase() };
  });

  // Every word must occur; words in a heading count for more.
  function score(entry, words) {
    let total = 0;
    for (const word of words) {
      const inText = entry.lower.split(word).length - 1;
      const inHead = entry.head.includes(word);
      if (!inText && !inHead) return 0;
      total += Math.min(inText, 5) + (inHead ? 10 : 0);
    }
    return total;
  }

  function excerpt(entry, word) {
    const at = Math.max(entry.lower.indexOf(word) - 60, 0);
    return (at > 0 ? "… " : "") + entry.text.slice(at, at + 160) + " …";
  }

  function show() {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    results.replaceChildren();
    results.hidden = words.length === 0;
    if (results.hidden) return;
    const found = entries.map((entry) => ({ entry, score: score(entry, words) }))
      .filter((each) => each.score > 0).sort((a, b) => b.score - a.score).slice(0, 12);
    const count = document.createElement("p");
    count.textContent = found.length ? "" : "Nothing found.";
    if (!found.length) results.append(count);
    for (const { entry } of found) {
      const link = document.createElement("a");
      link.href = entry.page + ".html" + (entry.id ? "#" + entry.id : "");
      const title = document.createElement("b");
      title.textContent = titlesOfPages[entry.page] + (titlesOfPages[entry.page] === entry.title ? "" : " › " + entry.title);
      const text = document.createElement("span");
      text.textContent = excerpt(entry, words[0]);
      link.append(title, text);
      link.addEventListener("click", () => { results.hidden = true; });
      results.append(link);
    }
  }

  query.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    results.querySelector("a")?.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { query.value = ""; show(); }
    if (event.key === "/" && document.activeElement !== query) { event.preventDefault(); query.focus(); }
  });
})();
