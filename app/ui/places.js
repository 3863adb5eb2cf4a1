// Where the visitor is: the library has an address of its own, so that the browser's "back" leads
// from it to the questions; and from the question, Tab reaches the last answer before its sources.

const LIBRARY = "#library";
const atLibrary = () => location.hash === LIBRARY;
const tabOf = (name) => [...document.querySelectorAll("#tabs [role=tab]")].find((tab) => tab.textContent.trim() === name);
const isShown = (tab) => tab.getAttribute("aria-selected") === "true";

// Whether the tab still has to follow the address; else the address follows the tab.
let following = true;

function followAddress() {
  const tab = tabOf(atLibrary() ? "Library" : "Ask");
  following = !(tab && isShown(tab));
  if (following) tab?.click();
}

// Who has chosen a tab before all was drawn is not led back to where the address says.
document.addEventListener("click", (event) => {
  if (event.isTrusted && event.target.closest?.("#tabs [role=tab]")) following = false;
}, true);

new MutationObserver(() => {
  const library = tabOf("Library");
  if (!library || !document.body.dataset.finished) return; // what Gradio has not drawn yet hears no click
  if (following) followAddress();
  else if (isShown(library) !== atLibrary()) {
    history.pushState(null, "", location.pathname + location.search + (isShown(library) ? LIBRARY : ""));
  }
}).observe(document.documentElement, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["aria-selected", "data-finished"],
});

addEventListener("popstate", followAddress);

// A page that the browser has kept as it was does not know what was asked since.
addEventListener("pageshow", (event) => event.persisted && location.reload());

// The way of Tab: the question, what belongs to the last answer, what is offered next, and on.

const STOPS = "button, a[href], input, textarea, select, summary, [tabindex='0']";
const stopsIn = (part) => [...(part?.querySelectorAll(STOPS) ?? [])].filter((one) => !one.disabled && one.checkVisibility());
let fromQuestion = false;

document.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
  const leaves = stopsIn(find("#question")).at(-1);
  const answer = [...stopsIn([...document.querySelectorAll("#chat .bot-row")].at(-1)), ...stopsIn(find("#offers"))];
  if (event.target === leaves && answer.length) {
    event.preventDefault();
    answer[0].focus();
    fromQuestion = true;
  } else if (fromQuestion && event.target === answer.at(-1)) {
    leaves?.focus(); // from where the browser itself goes on
  }
});

document.addEventListener("focusin", (event) => {
  if (event.target.closest?.("#question")) fromQuestion = false;
});
