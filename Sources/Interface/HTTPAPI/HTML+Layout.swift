/// The frame of the pages about OLTs: where one is, what there is, and that it stays fresh.
extension HTML {
    /// The pages, in the order in which they are shown.
    static let places = [
        ("/", "Overview"), ("/olts", "OLTs"), ("/quotas", "Quotas"), ("/violations", "Violations"), ("/log", "Log"),
        ("/dead-letters", "Dead letters"), ("/leases", "Leases"),
    ]

    /// A page that is read without a script; with one, what is in `main` is fetched again when something has happened.
    static func page(_ title: String, at place: String, live: Bool = true, _ parts: [String]) -> String {
        let links = places.map { address, name in
            "<a href=\"\(address)\"\(address == place ? " aria-current=\"page\"" : "")>\(escaped(name))</a>"
        }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(escaped(title)) · Flotilla</title><style>\(look)</style>\(live ? "<script defer src=\"\(LivePage.path)\"></script>" : "")</head>
            <body><nav><b>Flotilla</b>\(links.joined())<span id="live"></span></nav>
            <h1>\(escaped(title))</h1>
            <main id="content">
            \(parts.joined(separator: "\n"))
            </main></body></html>
            """
    }

    /// A coloured word.
    static func badge(_ text: String, _ tone: Tone) -> String { "<span class=\"badge \(tone.rawValue)\">\(escaped(text))</span>" }

    /// How much of it is done, 0 to 1, with words beside it.
    static func bar(_ part: Double, _ words: String, _ tone: Tone) -> String {
        let width = Int((min(max(part, 0), 1) * 100).rounded())
        return
            "<span class=\"bar\" role=\"img\" aria-label=\"\(escaped(words))\"><i class=\"\(tone.rawValue)\" style=\"width:\(width)%\"></i></span> "
            + "<small>\(escaped(words))</small>"
    }

    /// A table of cells that are HTML already.
    static func grid(_ head: [String], _ rows: [[String]], empty: String) -> String {
        guard !rows.isEmpty else { return "<p class=\"empty\">\(escaped(empty))</p>" }
        let header = head.map { "<th>\(escaped($0))</th>" }.joined()
        let body = rows.map { row in "<tr>\(row.map { "<td>\($0)</td>" }.joined())</tr>" }.joined(separator: "\n")
        return "<div class=\"wide\"><table><thead><tr>\(header)</tr></thead><tbody>\n\(body)\n</tbody></table></div>"
    }

    static func anchor(_ address: String, _ text: String) -> String { "<a href=\"\(escaped(address))\">\(escaped(text))</a>" }

    /// A field with what may be chosen; the empty one is called `any`.
    static func choice(_ name: String, _ values: [String], _ chosen: String) -> String {
        let options = ([""] + values).map { value in
            "<option value=\"\(escaped(value))\"\(value == chosen ? " selected" : "")>\(escaped(value.isEmpty ? "any" : value))</option>"
        }
        return "<label>\(escaped(name)) <select name=\"\(escaped(name))\">\(options.joined())</select></label>"
    }

    /// A form whose fields stand in the address.
    static func filter(_ address: String, _ inputs: [String]) -> String {
        "<form class=\"filter\" method=\"get\" action=\"\(escaped(address))\">\(inputs.joined(separator: " ")) <button>show</button></form>"
    }

    /// Day and time to the second, as they stand in logs.
    static func time(_ text: String?) -> String {
        guard let text else { return "<span class=\"empty\">never</span>" }
        let short = String(text.prefix(19).replacing("T", with: " "))
        return "<time datetime=\"\(escaped(text))\" title=\"\(escaped(text))\">\(escaped(short))</time>"
    }

    enum Tone: String {
        case good, warn, bad, worst, calm
    }

    private static let look = """
        :root{--ink:#1b2733;--soft:#54626f;--line:#e3e7ea;--paper:#fff;--ground:#f7f8f9;--good:#2e8b57;--warn:#c78a00;--bad:#d1542b;--worst:#a3161f;\
        --calm:#7a8894;--link:#1558a6}
        @media(prefers-color-scheme:dark){:root{--ink:#dfe6ec;--soft:#98a6b3;--line:#2c3843;--paper:#18222b;--ground:#10171d;--good:#46b87a;--warn:#e0a92e;\
        --bad:#ec7a52;--worst:#ef5b64;--calm:#7f8d99;--link:#7db3ee}}
        *{box-sizing:border-box}body{font:15px/1.45 system-ui,sans-serif;margin:0 auto 3rem;max-width:78rem;padding:0 1rem;color:var(--ink);background:var(--ground)}
        nav{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;padding:.8rem 0;border-bottom:1px solid var(--line);margin-bottom:1rem}nav b{margin-right:.4rem}
        nav a[aria-current]{font-weight:600;color:var(--ink);text-decoration:none}#live{margin-left:auto;color:var(--soft);font-size:.85rem}
        a{color:var(--link)}h1{font-size:1.4rem;margin:0 0 .5rem}h2{font-size:1rem;margin:1.6rem 0 .4rem}small,.empty{color:var(--soft)}
        .wide{overflow-x:auto}table{border-collapse:collapse;width:100%;background:var(--paper)}
        th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}th{font-weight:600;color:var(--soft);white-space:nowrap}
        time{white-space:nowrap;font-variant-numeric:tabular-nums}pre{background:var(--paper);padding:.6rem;overflow-x:auto;white-space:pre-wrap}
        .badge{display:inline-block;padding:0 .5rem;border-radius:.7rem;color:#fff;font-size:.8rem;font-weight:600;white-space:nowrap}
        .badge.good,i.good{background:var(--good)}.badge.warn,i.warn{background:var(--warn)}.badge.bad,i.bad{background:var(--bad)}
        .badge.worst,i.worst{background:var(--worst)}.badge.calm,i.calm{background:var(--calm)}
        .bar{display:inline-block;width:9rem;height:.7rem;border-radius:.35rem;background:var(--line);overflow:hidden;vertical-align:middle}
        .bar i{display:block;height:100%}form.filter{display:flex;flex-wrap:wrap;gap:.4rem .9rem;align-items:center;margin:.4rem 0 1rem}
        input,select,button{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:.3rem;padding:.1rem .4rem}
        .facts{display:flex;flex-wrap:wrap;gap:.3rem 1.6rem;margin:.3rem 0}.facts dt{color:var(--soft);display:inline}.facts dd{display:inline;margin:0 0 0 .3rem}
        td a,summary{white-space:nowrap}svg{display:block;width:100%;min-width:44rem;height:auto;background:var(--paper);border:1px solid var(--line)}svg text{fill:var(--ink);font:12px system-ui,sans-serif}
        svg .soft{fill:var(--soft);font-size:11px}svg .rule{stroke:var(--line)}svg .now{stroke:var(--worst);stroke-width:1.5}
        svg .planned{fill:none;stroke:var(--calm);stroke-width:1.5}svg .held{fill:none;stroke:var(--bad);stroke-width:1.5;stroke-dasharray:2 2}svg .running{fill:var(--link)}svg .completed{fill:var(--good)}svg .failed{fill:var(--bad)}
        svg .missed{fill:var(--worst)}svg .cancelled{fill:var(--calm)}svg .ran{opacity:.35}
        """
}
