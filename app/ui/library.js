// The library: which file's papers are shown, files put in, papers taken out.

let browsed = "";
const browse = (name) => wish("browsing", { do: "browse", name: (browsed = name) });

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#library button");
  if (!button) return;
  if (button.matches(".browse")) browse(JSON.parse(button.value).name);
  else if (button.matches(".add")) choose(button);
  else if (button.matches(".remove")) remove(JSON.parse(button.value));
});

// Files put in: one after the other, each with its own line.

let inLine = Promise.resolve();

function choose(button) {
  const input = make("input", { type: "file", multiple: true });
  input.addEventListener("change", () => add(input.files, Number(button.value)));
  input.click();
}

function add(files, largest) {
  for (const file of files) {
    const row = line(file.name);
    if (file.size > largest) fail(row, `is larger than the ${largest / 1048576} MB that this page takes.`);
    else if (!file.size) fail(row, "is empty.");
    else inLine = inLine.then(() => send(file, row)).catch(() => fail(row, "could not be sent."));
  }
}

function line(name) {
  let list = find("#uploads");
  if (!list) {
    list = make("ul", { id: "uploads" });
    list.setAttribute("aria-live", "polite");
    find("#adding").after(list);
  }
  const row = make("li", { className: "waits" });
  const bar = make("progress", { max: 1, value: 0 });
  bar.setAttribute("aria-label", `How far ${name} is`);
  row.append(make("strong", { textContent: name }), bar, make("span", { textContent: "waits" }));
  list.append(row);
  return row;
}

const tell = (row, text) => { row.querySelector("span").textContent = text; };

function fail(row, sentence) {
  row.querySelector("progress")?.remove();
  row.className = "failed";
  tell(row, sentence);
}

function send(file, row) {
  const bar = row.querySelector("progress");
  row.className = "";
  row.scrollIntoView({ block: "nearest" });
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", `library/upload?name=${encodeURIComponent(file.name.toWellFormed?.() ?? file.name)}`);
    request.upload.addEventListener("progress", (event) => {
      bar.value = event.total ? event.loaded / event.total : 0;
      tell(row, "is sent");
    });
    request.upload.addEventListener("load", () => {
      bar.removeAttribute("value");
      tell(row, "is read");
    });
    request.addEventListener("progress", () => reached(row, bar, last(request.responseText, true)));
    request.addEventListener("loadend", () => {
      ended(row, last(request.responseText, false), request.status);
      done();
    });
    request.send(file);
  });
}

// The last whole line of what has come: each is a JSON object.
function last(text, growing) {
  const lines = text.split("\n");
  const whole = (growing ? lines.slice(0, -1) : lines).filter(Boolean);
  try {
    return JSON.parse(whole.at(-1) ?? "{}");
  } catch {
    return {};
  }
}

function reached(row, bar, now) {
  if (now.read === undefined) return;
  if (now.share) bar.value = now.share;
  tell(row, `is read: ${now.read.toLocaleString("en")} records, ${now.stored.toLocaleString("en")} papers`);
}

function ended(row, told, status) {
  const [first, ...problems] = told.done ?? [];
  browse(browsed);
  if (!first) return fail(row, told.failed ?? (status ? `was refused (${status}).` : "could not be sent: is the page still served?"));
  row.querySelector("progress").remove();
  tell(row, told.useless ? `Nothing could be read: ${first}` : first);
  row.className = told.useless ? "failed" : "done";
  if (problems.length) {
    const more = make("details", { open: told.useless });
    const list = make("ul", {});
    list.append(...problems.map((textContent) => make("li", { textContent })));
    more.append(make("summary", { textContent: "Which and why" }), list);
    row.append(more);
  }
}

// Files may be dropped anywhere on the library, where files are taken.
const taking = (event) => event.target.closest?.("#library") && find("#library button.add");
document.addEventListener("dragover", (event) => taking(event) && event.preventDefault());
document.addEventListener("drop", (event) => {
  const button = taking(event);
  if (!button || !event.dataTransfer.files.length) return;
  event.preventDefault();
  add(event.dataTransfer.files, Number(button.value));
});

// Papers taken out.

async function remove({ told, paper_ids }) {
  const sure = await dialog({
    heading: "Remove from the library?",
    text: `This takes ${told} out of the index, so that no answer cites it any more. Adding the file again would bring it back.`,
    confirm: "Remove",
    careful: true,
  });
  if (!sure) return;
  say("Being removed …");
  try {
    const answer = await fetch("library/remove", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(paper_ids),
    });
    const { removed, failed } = await answer.json();
    say(failed ?? (removed === 1 ? "1 paper was removed." : `${removed} papers were removed.`));
  } catch {
    say("The papers could not be removed: is the page still served?");
  }
  browse(browsed);
}
