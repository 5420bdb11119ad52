"use strict";
// The token lives in this variable only: it is gone with the page.
let token = "";
const everyMs = 5000;
const byId = id => document.getElementById(id);

async function get(path) {
  const answer = await fetch(path, { headers: token ? { Authorization: `Bearer ${token}` } : {}, cache: "no-store" });
  if (answer.status === 401) byId("access").hidden = false;
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail ?? answer.statusText);
  return body;
}

// Text goes in as text, so a name can hold no markup.
function cell(value, numeric) {
  const td = document.createElement("td");
  if (value instanceof Node) td.append(value); else td.textContent = value ?? "";
  if (numeric) td.className = "n";
  return td;
}

function fill(id, items, columns, nothing) {
  const rows = items.map(item => {
    const tr = document.createElement("tr");
    tr.append(...columns.map(([read, numeric]) => cell(read(item), numeric)));
    return tr;
  });
  if (rows.length === 0) {
    const td = cell(nothing);
    td.colSpan = columns.length;
    const tr = document.createElement("tr");
    tr.append(td);
    rows.push(tr);
  }
  byId(id).replaceChildren(...rows);
}

function bar(used, all) {
  const meter = document.createElement("progress");
  meter.max = all || 1;
  meter.value = used;
  meter.title = `${used} of ${all}`;
  return meter;
}

const nameOf = run => `${run.metadata.namespace ?? "default"}/${run.metadata.name}`;
const ownerOf = run => run.spec.owner;
const flavorOf = run => run.spec.resources.gpuType;
const gpusOf = run => run.status?.width?.allocated || run.spec.resources.totalGPUs;
const startedOf = run => run.status?.startedAt ? new Date(run.status.startedAt).toLocaleString() : "";

async function refresh() {
  try {
    const [flavors, pending, reserved, waiting, running] = await Promise.all([
      get("/v1/flavors"), get("/v1/runs?phase=Pending&limit=50"), get("/v1/runs?phase=Reserved&limit=50"), get("/v1/runs?phase=Waiting&limit=50"),
      get("/v1/runs?phase=Running&limit=50")]);
    byId("access").hidden = true;
    fill("flavors", flavors.items, [[f => f.flavor], [f => f.gpus, true], [f => f.used, true], [f => f.free, true],
      [f => bar(f.used, f.gpus)], [f => f.waiting, true], [f => f.reserved, true], [f => f.backlog.replace(/\.\d+s$/, "s")]], "No nodes yet.");
    fill("queue", [...reserved.items, ...pending.items, ...waiting.items], [[nameOf], [ownerOf], [flavorOf], [gpusOf, true],
      [r => r.status?.phase], [r => r.status?.message]], "Nothing waits.");
    fill("runs", running.items, [[nameOf], [ownerOf], [flavorOf], [gpusOf, true], [startedOf]], "Nothing runs.");
    byId("notice").textContent = `As of ${new Date().toLocaleTimeString()}; at most 50 runs of each phase.`;
  } catch (error) {
    byId("notice").textContent = error.message;
  }
}

byId("access").addEventListener("submit", event => {
  event.preventDefault();
  token = byId("token").value.trim();
  byId("token").value = "";
  refresh();
});
refresh();
setInterval(() => { if (!document.hidden) refresh(); }, everyMs);
