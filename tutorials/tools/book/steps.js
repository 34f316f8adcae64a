// Pictures with steps: walk.svg, beside which walk-1.svg, walk-2.svg … stand, becomes one figure to
// click through, by buttons or by the arrow keys.
"use strict";
for (const picture of document.querySelectorAll("img[data-steps]")) {
  const count = Number(picture.dataset.steps);
  const stem = picture.src;
  const words = picture.alt;
  let step = 1;

  const button = (text, move) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", () => show(step + move));
    return made;
  };
  const back = button("← Back", -1);
  const next = button("Next →", 1);
  const place = document.createElement("output");

  function show(wanted) {
    step = Math.min(Math.max(wanted, 1), count);
    picture.src = stem.replace(/\.svg$/, `-${step}.svg`);
    picture.alt = `${words} (step ${step} of ${count})`;
    place.textContent = `${step} of ${count}`;
    back.ariaDisabled = step === 1;
    next.ariaDisabled = step === count;
  }

  const figure = document.createElement("div");
  figure.className = "steps";
  const controls = document.createElement("div");
  controls.append(back, place, next);
  picture.parentElement.replaceWith(figure);
  figure.append(picture, controls);
  show(1);
  figure.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move) return;
    event.preventDefault();
    show(step + move);
  });
}
