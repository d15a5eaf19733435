/** The style of a report in light and dark, on a screen, a phone and paper. */
export const style = `
:root { color-scheme: light dark; --ink: #1f2328; --paper: #ffffff; --soft: #59636e; --line: #d1d9e0; --link: #0a58ca;
  --preparation: #8c959f; --outage: #c0392b; --step: #2471a3; --check: #1e8449;
  --met: #116329; --met-paper: #dafbe1; --slow: #7a4d00; --slow-paper: #fff1c2; --failed: #a40e26; --failed-paper: #ffe2e0 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --soft: #9da7b1; --line: #3d444d; --link: #6cb2ff;
  --preparation: #7d8590; --outage: #ff7b6b; --step: #6cb2ff; --check: #5fd08c;
  --met: #7ee2a8; --met-paper: #12331f; --slow: #f5c66a; --slow-paper: #3a2b06; --failed: #ffa198; --failed-paper: #4a1518 } }
body { font: 15px/1.5 Verdana, "DejaVu Sans", sans-serif; color: var(--ink); background: var(--paper); max-width: 1000px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin-bottom: 0 }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; border-top: 1px solid var(--line); padding-top: 1.5rem }
a { color: var(--link) }
.quiet { color: var(--soft) }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-size: .9rem }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top }
td.number, th.number { text-align: right }
td.number { white-space: nowrap }
.verdict { border-radius: 4px; font-weight: bold; padding: .1rem .5rem; display: inline-block }
.met { color: var(--met); background: var(--met-paper) }
.people-too-slow { color: var(--slow); background: var(--slow-paper) }
.failed { color: var(--failed); background: var(--failed-paper) }
td.track { position: relative; width: 45% }
.track i { position: absolute; top: 20%; height: 60%; min-width: 2px; border-radius: 2px }
.track i.mark { top: 0; height: 100%; border-left: 2px dashed; border-radius: 0 }
.key span { display: inline-block; margin-right: 1.2rem }
.key i { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: 2px }
.preparation { background: var(--preparation) } .outage { background: var(--outage) } .step { background: var(--step) } .check { background: var(--check) }
.mark.outage { background: none; color: var(--outage) } .mark.check { background: none; color: var(--check) }
@media (max-width: 600px) {
  body { margin: 1rem auto }
  table, tbody { display: block }
  tr:first-child { display: none }
  tr { display: flex; flex-wrap: wrap; border-bottom: 1px solid var(--line); padding: .5rem 0 }
  td { border: 0; padding: .1rem 1rem .1rem 0 }
  td:first-child, td.wide, td.track { width: 100% }
  td.track { height: 1.2rem; padding: 0 }
  td[data-label]:not(:empty)::before { content: attr(data-label) ": "; color: var(--soft) }
}
@media print { body { margin: 0; max-width: none } section { break-inside: avoid } * { print-color-adjust: exact } }
`;
