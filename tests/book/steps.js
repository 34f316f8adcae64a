// Clicks through every picture with steps, there and back: how many there were, and what went wrong.
return (async () => {
  const problems = [];
  let steps = 0;
  for (const picture of document.querySelectorAll("img[data-steps]")) {
    const figure = picture.closest(".steps");
    if (!figure) {
      problems.push(`no buttons at ${picture.src}`);
      continue;
    }
    const [back, next] = figure.querySelectorAll("button");
    const seen = [];
    const look = async () => {
      await picture.decode().catch(() => problems.push(`no picture: ${picture.src}`));
      seen.push(picture.src);
    };
    await look();
    while (next.ariaDisabled !== "true" && seen.length < 100) {
      next.click();
      await look();
    }
    if (new Set(seen).size !== Number(picture.dataset.steps))
      problems.push(`${new Set(seen).size} of ${picture.dataset.steps} steps at ${seen[0]}`);
    seen.slice(1).forEach(() => back.click());
    if (picture.src !== seen[0]) problems.push(`Back does not lead to ${seen[0]}`);
    steps += seen.length;
  }
  return { problems, steps };
})();
