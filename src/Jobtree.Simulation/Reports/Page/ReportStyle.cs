namespace Jobtree.Simulation.Reports.Page;

/// <summary>
/// The style sheet. It uses no child combinators and no quotes: XML would escape them, and HTML does not unescape style
/// sheets.
/// </summary>
internal static class ReportStyle
{
    /// <summary>
    /// The rules. The palette is the colour-blind-safe one of Okabe and Ito, adapted to light and dark mode.
    /// </summary>
    public const string Css = """
        :root {
          --paper: #fcfcfb; --sheet: #ffffff; --ink: #1a1f26; --soft: #59636e; --line: #e4e7ea; --rule: #c9ced3;
          --s0: #0a66b0; --s1: #d55e00; --s2: #00906a; --s3: #b8639b; --s4: #8a6d00; --s5: #8b96a1;
          --s6: #6b4fc0;
          --f0: #0a66b0; --f1: #56b4e9; --f2: #e69f00; --f3: #b9c0c7;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #12161b; --sheet: #191e24; --ink: #e8ebee; --soft: #9aa5b1; --line: #2a3139; --rule: #46505b;
            --s0: #5bb5f0; --s1: #f5914a; --s2: #35c79c; --s3: #e29cc8; --s4: #d9bd3c; --s5: #7f8b97;
            --s6: #ab97f2;
            --f0: #3f97dc; --f1: #9bd3f7; --f2: #e8b04a; --f3: #58636f;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system,
          Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif; font-variant-numeric: tabular-nums; }
        main, footer { max-width: 1200px; margin: 0 auto; padding: 0 28px; }
        header { padding: 52px 0 8px; }
        .brand { margin: 0 0 6px; color: var(--s0); font-weight: 650; font-size: 14px; letter-spacing: .02em; }
        h1 { margin: 0 0 12px; font-size: 42px; line-height: 1.12; letter-spacing: -.022em; font-weight: 680; }
        h2 { margin: 0 0 4px; font-size: 23px; line-height: 1.25; letter-spacing: -.012em; font-weight: 650; }
        .lead { margin: 0 0 14px; max-width: 84ch; color: var(--soft); }
        section { margin: 44px 0 0; }
        .cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 16px; margin: 26px 0 0; }
        .cards div { background: var(--sheet); border: 1px solid var(--line); border-radius: 10px;
          padding: 16px 18px 14px; }
        dt { color: var(--soft); font-size: 14px; }
        dd { margin: 0; }
        dd.value { font-size: 31px; line-height: 1.25; letter-spacing: -.015em; font-weight: 650; }
        dd.note { color: var(--soft); font-size: 13.5px; }
        .plots { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
        figure { margin: 0; background: var(--sheet); border: 1px solid var(--line); border-radius: 10px;
          padding: 14px 12px 8px; }
        figure.wide { grid-column: 1 / -1; }
        figcaption { padding: 0 8px 4px; font-weight: 600; font-size: 15px; }
        svg { display: block; width: 100%; height: auto; font: 12.5px system-ui, -apple-system, Segoe UI, Roboto,
          Helvetica Neue, Arial, sans-serif; }
        .grid { stroke: var(--line); stroke-width: 1; }
        .tick, .note { fill: var(--soft); }
        .note { paint-order: stroke; stroke: var(--sheet); stroke-width: 4px; stroke-linejoin: round; }
        .axis { fill: var(--soft); font-size: 13px; }
        .edge { stroke: var(--line); stroke-width: 1; }
        .mark { stroke: var(--rule); stroke-width: 1.5; stroke-dasharray: 4 4; }
        .line { fill: none; stroke: var(--c); stroke-width: 1.5; stroke-linejoin: round; opacity: .85; }
        .line.main { stroke-width: 2.4; opacity: 1; }
        .area { fill: var(--c); opacity: .1; stroke: none; }
        .area.wash { opacity: .35; }
        .area.strong { opacity: .9; }
        .area.f0, .area.f1, .area.f2, .area.f3 { opacity: 1; }
        .bar { fill: var(--c); }
        .thin { stroke: var(--c); stroke-width: 1.5; }
        .thick { stroke: var(--c); stroke-width: 5; opacity: .5; }
        .ring { fill: var(--c); stroke: var(--sheet); stroke-width: 1.5; }
        .cloud { fill: var(--c); opacity: .42; }
        .s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); }
        .s4 { --c: var(--s4); } .s5 { --c: var(--s5); } .s6 { --c: var(--s6); }
        .f0 { --c: var(--f0); } .f1 { --c: var(--f1); } .f2 { --c: var(--f2); } .f3 { --c: var(--f3); }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 0 0 12px; padding: 0;
          font-size: 14.5px; }
        .swatch { display: inline-block; width: 18px; height: 4px; border-radius: 2px; margin-right: 8px;
          vertical-align: middle; background: var(--c); }
        .swatch.main { height: 6px; border-radius: 3px; }
        .swatch.wash { opacity: .5; }
        .swatch.wash, .swatch.strong, .swatch.f0, .swatch.f1, .swatch.f2, .swatch.f3 { height: 11px; width: 14px; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 15px; }
        caption { text-align: left; color: var(--soft); font-size: 13.5px; padding: 0 0 6px; }
        section table caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        details table caption { position: static; width: auto; height: auto; clip-path: none; }
        th, td { padding: 7px 14px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
        th:first-child { text-align: left; padding-left: 2px; font-weight: 500; }
        thead th { color: var(--soft); font-weight: 600; font-size: 14px; border-bottom-color: var(--rule); }
        td.best { font-weight: 700; }
        .spread { display: block; color: var(--soft); font-size: 12.5px; font-weight: 400; max-width: 9em;
          margin-left: auto; white-space: normal; line-height: 1.3; }
        .compared th { white-space: normal; } .compared th, .compared td { padding: 7px 9px; }
        .compared th:first-child { padding-left: 2px; }
        details { margin: 10px 0 0; font-size: 14px; }
        summary { cursor: pointer; color: var(--soft); padding: 4px 0; width: fit-content; }
        summary:hover, summary:focus-visible { color: var(--s0); }
        details table { font-size: 14px; margin-top: 6px; }
        details th, details td { padding: 4px 14px; }
        footer { margin-top: 56px; padding-top: 18px; padding-bottom: 48px; color: var(--soft); font-size: 14px; }
        footer p { max-width: 96ch; margin: 0 0 8px; }
        @media screen and (max-width: 860px) {
          .cards { grid-template-columns: repeat(2, 1fr); } .plots { grid-template-columns: minmax(0, 1fr); }
          h1 { font-size: 32px; } main, footer { padding-left: 18px; padding-right: 18px; }
          table { font-size: 14px; } th, td { padding: 6px 8px; }
        }
        @media print {
          :root { --paper: #ffffff; --sheet: #ffffff; --ink: #000000; --soft: #444444; --line: #dddddd; --rule: #999999;
            --s0: #0a66b0; --s1: #d55e00; --s2: #00906a; --s3: #b8639b; --s4: #8a6d00; --s5: #8b96a1; --s6: #6b4fc0;
            --f0: #0a66b0;
            --f1: #56b4e9; --f2: #e69f00; --f3: #b9c0c7; }
          body { font-size: 10pt; } h1 { font-size: 24pt; } h2 { font-size: 15pt; } table { font-size: 9.5pt; }
          dd.value { font-size: 16pt; }
          th, td { padding: 4px 8px; } .cards { gap: 10px; } .cards div { padding: 10px 12px; }
          .legend, dt, dd.note, footer { font-size: 9pt; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          details { display: none; }
          section { break-inside: avoid; margin-top: 26px; }
          main, footer { max-width: none; padding: 0; }
          header { padding-top: 0; }
        }
        """;
}
