// What is wrong with the page that is open, as lines of text, and what it links to.
const problems = [];
const visible = (element) => element.checkVisibility({ visibilityProperty: true });
const name = (element) => `<${element.localName}> "${element.textContent.trim().slice(0, 40)}"`;

for (const image of document.images) {
  if (!image.complete || image.naturalWidth === 0) problems.push(`no picture: ${image.src}`);
  if (!image.alt.trim()) problems.push(`a picture without words for it: ${image.src}`);
}
for (const resource of performance.getEntriesByType("resource")) {
  if (!/^(file|data):/.test(resource.name)) problems.push(`fetched from elsewhere: ${resource.name}`);
}

const room = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > room) {
  const wide = [...document.body.querySelectorAll("*")]
    .filter((each) => visible(each) && each.getBoundingClientRect().right > room + 1 &&
                      !each.parentElement.closest(".wide, pre, math, p, li"));
  problems.push(`wider than ${room} px: ${wide.slice(0, 3).map(name).join(", ")}`);
}

const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at)))
  problems.push(`two elements have the id ${id}`);

for (const formula of document.querySelectorAll("math")) {
  const box = formula.getBoundingClientRect();
  if (visible(formula) && (box.width === 0 || box.height === 0))
    problems.push(`a formula of no size: ${formula.textContent}`);
}
for (const formula of document.querySelectorAll("span.math, merror"))
  problems.push(`a formula that stayed TeX: ${formula.textContent}`);

for (const code of document.querySelectorAll("pre.sourceCode.cpp")) {
  const colours = new Set([...code.querySelectorAll("span")].map((each) => getComputedStyle(each).color));
  if (colours.size < 2) problems.push(`code in one colour: ${name(code)}`);
}

// Contrast of text and what lies behind it, as WCAG 2 defines it: 4.5 for text, 3 for large text.
const channels = (text) => (text.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
function background(element) {
  for (let each = element; each; each = each.parentElement) {
    const colour = channels(getComputedStyle(each).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
}
function contrast(element) {
  const pair = [luminance(channels(getComputedStyle(element).color)), luminance(background(element))];
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}
const faint = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || /script|style/.test(element.localName) || !visible(element)) continue;
  const style = getComputedStyle(element);
  const size = parseFloat(style.fontSize);
  const needed = size >= 24 || (size >= 18.6 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
  if (contrast(element) < needed) faint.add(`faint: ${name(element)} in ${style.color}`);
  if (size < 10 && !element.closest("math")) faint.add(`letters of ${size} px: ${name(element)}`);
}
problems.push(...[...faint].slice(0, 5));

const links = [...document.querySelectorAll("a[href]")].map((each) => each.href);
return { problems, ids, links, title: document.title };
