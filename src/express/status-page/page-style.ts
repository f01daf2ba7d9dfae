export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #e1e4e9; --text: #1b1f26; --soft: #5b6472; --faint: #eef0f3;
  --accent: #2457c5; --good: #1a7f4b; --good-soft: #e3f4ea; --warn: #8f5a06; --warn-soft: #fdf1d8;
  --bad: #b3232f; --bad-soft: #fce8e9;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --card: #1c2027; --line: #2e343e; --text: #e6e9ee; --soft: #9aa4b2; --faint: #252a33;
    --accent: #8ab0ff; --good: #5fd39a; --good-soft: #17352a; --warn: #f0c060; --warn-soft: #3a2f16;
    --bad: #ff8a8f; --bad-soft: #43211f;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0; padding: 28px 24px 40px; background: var(--page); color: var(--text);
  font: 14px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  -webkit-text-size-adjust: 100%;
}
main, footer { max-width: 1240px; margin: 0 auto; }
h1, h2, p, ul, ol, dl, dd, pre { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 22px; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; }
h2 { font-size: 15px; font-weight: 650; }
code, pre, del, ins { font-family: var(--mono); font-size: 12.5px; }
code, del, ins { overflow-wrap: anywhere; }
small { font-size: 12.5px; color: var(--soft); font-weight: 400; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 16px; top: 8px; padding: 6px 12px; background: var(--card); z-index: 3; }
.empty, .withheld { color: var(--soft); }
.withheld { font-size: 13px; font-style: italic; }

#contact {
  position: sticky; top: 0; z-index: 2; max-width: 1240px; margin: 0 auto 16px; padding: 10px 16px;
  border-radius: 8px; background: var(--bad); color: var(--page); font-weight: 600;
}
:root[data-silent] main { opacity: 0.6; }

#tools { float: right; display: flex; align-items: center; gap: 4px 12px; max-width: 50%; }
#refreshed { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
button {
  flex: none; padding: 6px 14px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); color: var(--text);
  font: inherit; font-weight: 600; cursor: pointer;
}
button:hover { border-color: var(--accent); color: var(--accent); }
button:disabled { color: var(--soft); cursor: default; border-color: var(--line); }

.masthead { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; }
.state {
  display: inline-flex; align-items: center; gap: 8px; padding: 3px 12px 3px 10px; border-radius: 999px;
  font-weight: 650; background: var(--faint);
}
.dot { width: 9px; height: 9px; border-radius: 50%; background: currentColor; flex: none; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.state.good { background: var(--good-soft); } .state.warn { background: var(--warn-soft); } .state.bad { background: var(--bad-soft); }
.since { color: var(--soft); }
.meaning { margin-top: 6px; color: var(--soft); font-size: 15px; }
.facts {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 1px; margin-top: 20px;
  border: 1px solid var(--line); border-radius: 10px; background: var(--line); overflow: hidden;
}
.facts > div { padding: 12px 16px; background: var(--card); }
.facts dt { color: var(--soft); font-size: 12.5px; }
.facts dd { font-size: 19px; font-weight: 600; line-height: 1.35; font-variant-numeric: tabular-nums; }
.facts .odd dd { color: var(--warn); }

.note { margin-top: 14px; padding: 14px 16px; border: 1px solid var(--line); border-left: 4px solid var(--soft); border-radius: 8px; background: var(--card); color: var(--text); }
.note.bad { border-left-color: var(--bad); } .note.warn { border-left-color: var(--warn); }
.note h2 { margin-bottom: 4px; }
.note summary { cursor: pointer; }
.note summary h2 { display: inline; margin: 0; }
.note[open] summary { margin-bottom: 4px; }
.note pre { margin-top: 8px; padding: 10px 12px; max-height: 260px; overflow: auto; border-radius: 6px; background: var(--faint); white-space: pre-wrap; overflow-wrap: anywhere; }

main > section, #details { margin-top: 30px; }
#changes > h2 { margin-bottom: 10px; }
.changes, #keys, .card { border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.changes { overflow: hidden; }
.changes > li { border-top: 1px solid var(--line); margin-top: -1px; padding-top: 1px; }
.changes summary { padding: 10px 16px; cursor: pointer; }
.changes summary b { font-weight: 600; margin-right: 10px; }
.changes details > p { padding: 0 16px 12px; }
.older > summary { width: fit-content; margin-top: 4px; padding: 8px 16px; color: var(--soft); cursor: pointer; }
.diff { padding: 0 16px 6px; }
.diff > li { display: grid; grid-template-columns: minmax(180px, 1fr) 3fr; align-items: start; gap: 4px 20px; padding: 8px 0; border-top: 1px solid var(--faint); }
.subject small { display: block; overflow-wrap: anywhere; }
.changes > li:has([data-search]):not(:has([data-search]:not([hidden]))),
.older:not(:has([data-search]:not([hidden]))) { display: none; }
.sides { display: grid; gap: 2px; }
del, ins { display: block; text-decoration: none; padding: 2px 8px 2px 24px; border-radius: 4px; white-space: pre-wrap; position: relative; }
del::before, ins::before { position: absolute; left: 9px; }
del { background: var(--bad-soft); color: var(--bad); } del::before { content: '\\2212'; }
ins { background: var(--good-soft); color: var(--good); } ins::before { content: '+'; }

.bar { display: flex; align-items: center; gap: 10px; margin-bottom: 10px; }
#found { color: var(--soft); font-variant-numeric: tabular-nums; }
#search-box { position: relative; margin-left: auto; width: min(320px, 60%); }
#search {
  width: 100%; padding: 8px 34px 8px 12px; font: inherit; color: inherit;
  border: 1px solid var(--line); border-radius: 8px; background: var(--card);
}
kbd { position: absolute; right: 9px; top: 50%; transform: translateY(-50%); padding: 0 6px; border: 1px solid var(--line); border-radius: 4px; color: var(--soft); font: 12px/1.5 var(--mono); pointer-events: none; }
#search:focus + kbd, #search:not(:placeholder-shown) + kbd { display: none; }

#keys { overflow-x: auto; }
#keys table { table-layout: fixed; min-width: 1080px; }
#keys thead th:nth-child(1) { width: 16%; } #keys thead th:nth-child(2) { width: 20%; } #keys thead th:nth-child(3) { width: 22%; }
#keys thead th:nth-child(4) { width: 10%; } #keys thead th:nth-child(5) { width: 9%; } #keys thead th:nth-child(6) { width: 8%; }
#keys .minor { font-size: 13px; }
#keys time, .about time { white-space: normal; }
#keys [data-column='Version'] code { overflow-wrap: normal; }
#nothing { padding: 14px 16px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 9px 12px; text-align: left; vertical-align: top; }
th:first-child, td:first-child { padding-left: 16px; }
thead th { color: var(--soft); font-size: 12.5px; font-weight: 500; border-bottom: 1px solid var(--line); white-space: nowrap; }
tbody tr + tr > * { border-top: 1px solid var(--faint); }
tbody th { font-weight: 600; }
tbody th code { font-weight: 600; margin-right: 8px; }
.value + .badge, .withheld + .badge { margin-left: 8px; }
tbody tr:hover { background: color-mix(in srgb, var(--faint) 50%, transparent); }
.value { white-space: pre-wrap; }
.badge { display: inline-block; padding: 0 7px; border-radius: 999px; background: var(--faint); color: var(--soft); font-size: 11.5px; font-weight: 600; }
.origin { display: block; }
.origin code { font-size: 12px; }
.absent { color: var(--soft); }

#details { columns: 440px 2; column-gap: 16px; }
.card { break-inside: avoid; margin-bottom: 16px; padding: 14px 16px 16px; overflow-x: auto; }
.card h2 { margin-bottom: 8px; }
.card > * + * { margin-top: 10px; }
.card li + li { margin-top: 4px; }
.card li { overflow-wrap: anywhere; }
.sources .dot { display: inline-block; margin-right: 8px; }
.sources li { color: var(--text); } .sources .good .dot { color: var(--good); } .sources .bad .dot { color: var(--bad); }
.sources small { display: block; padding-left: 17px; }
.counters { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 10px 14px; }
.counters dt { color: var(--soft); font-size: 12.5px; }
.counters dd { font-size: 17px; font-weight: 600; font-variant-numeric: tabular-nums; }
.about { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 10px 14px; }
.about > div:first-child { grid-column: 1 / -1; }
.about dt { color: var(--soft); font-size: 12.5px; }
.about dd { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.calls th, .calls td { padding: 5px 10px 5px 0; }
.calls th:first-child { padding-left: 0; }
.calls td, .calls thead th:not(:first-child) { text-align: right; font-variant-numeric: tabular-nums; }
.calls tbody tr > * { border-top: 1px solid var(--faint); }
.calls tbody th code { font-weight: 400; }

footer { margin-top: 14px; color: var(--soft); font-size: 13px; }

@media (max-width: 760px) {
  body { padding: 18px 14px 32px; }
  main { display: flex; flex-direction: column; }
  main > * { order: 2; }
  #summary { order: 0; }
  #tools { order: 1; float: none; flex-wrap: wrap; flex-direction: row-reverse; justify-content: flex-end; max-width: none; margin-top: 14px; }
  .facts { grid-template-columns: repeat(2, 1fr); }
  .facts > div { padding: 9px 12px; }
  .facts > :last-child:nth-child(odd) { grid-column: 1 / -1; }
  .facts dd { font-size: 16px; }
  .diff > li { grid-template-columns: 1fr; }
  #keys table { min-width: 0; }
  #keys table, #keys tbody, #keys tr, #keys tbody th, #keys td { display: block; }
  #keys thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  #keys tbody tr { padding: 11px 14px; }
  #keys tbody tr + tr { border-top: 1px solid var(--line); }
  #keys tbody tr > * { padding: 1px 0; border: 0; }
  #keys tbody tr .minor { display: inline-block; margin-right: 4px; color: var(--soft); font-size: 12.5px; }
  #keys .minor::before { content: attr(data-column) '\\00a0'; }
  #keys .minor:not(:last-child)::after { content: ' · '; }
  #keys .minor code { font-size: 12px; }
  .calls, .calls thead, .calls tbody { display: block; }
  .calls tr { display: grid; grid-template-columns: repeat(4, 1fr); padding: 5px 0; border-top: 1px solid var(--faint); }
  .calls thead tr { border: 0; }
  .calls thead th:first-child { display: none; }
  .calls tbody th { grid-column: 1 / -1; }
  .calls tbody tr > *, .calls thead th { padding: 0; border: 0; text-align: left !important; }
  .bar { flex-wrap: wrap; position: sticky; top: 0; z-index: 1; margin: 0 -14px 8px; padding: 8px 14px; background: var(--page); }
  #search-box { width: 58%; }
  #search { font-size: 16px; }
}
@media (prefers-reduced-motion: no-preference) {
  :root { scroll-behavior: smooth; }
  main { transition: opacity 0.2s; }
}
@media (prefers-contrast: more) { :root { --soft: var(--text); --line: var(--text); } }
`
