import Glibc
import Logging
import Reactor
import SNMP

/// The engine alone, against many agents: `flotilla bench snmp-walk` runs it beside `snmp-ceiling`, which takes the same arguments.
@main
enum SNMPPoller {
    static func main() async {
        do {
            let order = try PollOrder(Array(CommandLine.arguments.dropFirst()))
            try await report(PollRun(order: order).run())
        } catch {
            write("snmp-poller: \(error)\n", to: STDERR_FILENO)
            exit(2)
        }
    }

    private static func report(_ outcome: PollOutcome) {
        write(outcome.json + "\n", to: STDOUT_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
