// The box of settings: it closes as boxes do, and tells what it is.

const settings = () => document.querySelector("#settings > button.label-wrap");

function closeSettings() {
  const button = settings();
  if (!button?.classList.contains("open")) return false;
  button.click();
  button.focus();
  return true;
}

// Before the page's own Escape, which stops answers.
window.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && closeSettings()) event.stopImmediatePropagation();
}, true);

for (const left of ["pointerdown", "focusin"]) {
  document.addEventListener(left, (event) => {
    if (settings()?.classList.contains("open") && !event.target.closest?.("#settings")) settings().click();
  });
}

function nameSettings() {
  const button = settings();
  if (!button) return;
  const open = String(button.classList.contains("open"));
  if (button.getAttribute("aria-expanded") !== open) button.setAttribute("aria-expanded", open);
  for (const group of document.querySelectorAll("#settings fieldset:not([aria-label])")) {
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", group.querySelector("[data-testid=block-info]")?.textContent ?? "");
  }
}

new MutationObserver(nameSettings).observe(document.documentElement, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["class"],
});
