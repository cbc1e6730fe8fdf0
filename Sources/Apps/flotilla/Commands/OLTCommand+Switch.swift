import APIContract
import ArgumentParser

extension OLTCommand {
    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let OLTs be asked again: a plan is made at once."
        )

        @OptionGroup var choice: OLTSwitch

        func run() async throws { try await choice.turn(true) }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let OLTs be in peace: what runs is stopped, what waits is cancelled, nothing new is planned."
        )

        @OptionGroup var choice: OLTSwitch

        func run() async throws { try await choice.turn(false) }
    }
}

/// OLTs by name or by label, to be enabled or disabled.
struct OLTSwitch: ParsableArguments {
    @Argument(help: "Names or ids.")
    var olts: [String] = []

    @Option(help: ArgumentHelp("All with this label; several: all of them.", valueName: "key=value"))
    var label: [String] = []

    @Flag(help: "Say which, do nothing.")
    var dryRun = false

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard olts.isEmpty != label.isEmpty else {
            throw ValidationError("either names or --label say which OLTs; allowed: NAME..., or --label KEY=VALUE")
        }
    }

    func turn(_ isEnabled: Bool) async throws {
        let client = try common.client()
        let verb = isEnabled ? "enable" : "disable"
        let chosen = try await choose(client)
        guard !chosen.isEmpty else { throw CommandError(.notFound, "no OLT has \(label.joined(separator: " and "))") }
        let others = chosen.filter { $0.enabled != isEnabled }
        if dryRun {
            if common.json { return try Terminal.json(Listing(items: others, next: nil, total: others.count)) }
            let names = others.prefix(20).map(\.name).joined(separator: ", ") + (others.count > 20 ? ", …" : "")
            return Terminal.say("would \(verb) \(others.count) of \(chosen.count) OLTs" + (others.isEmpty ? "" : ": \(names)"))
        }
        if others.count > 1 || (!label.isEmpty && !others.isEmpty), !yes { try Question.ask("\(verb) \(others.count) OLTs?") }
        var changed: [OLTShape] = []
        var refused = 0
        for olt in others {
            do {
                var patch = OLTPatch()
                patch.enabled = isEnabled
                changed.append(try await client.patch(APIPath.olt("\(olt.id)"), patch))
            } catch let error as CommandError where error.status != .nobodyAnswered {
                Terminal.complain("\(olt.name): \(error.message)")
                refused += 1
            }
        }
        if common.json {
            try Terminal.json(Listing(items: changed, next: nil, total: changed.count))
        } else {
            let already = chosen.count - others.count
            Terminal.say("\(changed.count) OLTs \(verb)d" + (already > 0 ? ", \(already) were already" : ""))
        }
        guard refused == 0 else { throw CommandError(changed.isEmpty ? .failed : .partial, "\(refused) OLTs stayed as they were") }
    }

    private func choose(_ client: APIClient) async throws -> [OLTShape] {
        var chosen: [OLTShape] = []
        guard olts.isEmpty else {
            for name in olts { chosen.append(try await client.get(APIPath.olt(name))) }
            return chosen
        }
        let labels = try LabelText.read(label).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        var cursor: String?
        repeat {
            let page: Listing<OLTShape> = try await client.get(
                APIPath.olts,
                query: ["label": labels, "limit": "1000", "cursor": cursor]
            )
            chosen += page.items
            cursor = page.next
        } while cursor != nil
        return chosen
    }
}
