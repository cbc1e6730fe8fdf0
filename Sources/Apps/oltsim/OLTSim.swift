import ArgumentParser
import OLTSimulator

/// The command: reads its options, prints where it listens, answers until SIGTERM or SIGINT.
@main
struct OLTSim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "oltsim",
        abstract: "Simulated OLTs that answer SNMP v1 and v2c on many loopback addresses.",
        discussion: """
            Rows come from a recording or are generated in the shape of a vendor. One line of JSON on stdout says where it listens.
            A community may carry a holder tag, as in public#17; the account then tells whether holders overlapped.

            FAULTS
            \(Faults.forms.map { "  " + $0.form.padded(to: 24) + $0.meaning }.joined(separator: "\n"))

            WHILE IT RUNS
              The address of --account answers HTTP (docs/simulator.md): GET /account tells what each device saw; POST /faults with
              {"addresses": …, "faults": […]} replaces faults; POST /devices/ADDRESS/VERB?… changes a generated device:
              port-down?port=1/3&cause=power|fibre, onu-down?port=1/3&onu=7&cause=…, remove?port=1/3&onu=7, move?port=1/3&onu=7&to=1/4,
              restore[?port=1/3[&onu=7]]; GET /devices/ADDRESS/onus lists what hangs on it.
            """
    )

    @Option(help: ArgumentHelp("Addresses in 127.0.0.0/8: single ones and ranges, separated by commas.", valueName: "list"))
    var addresses: String?

    @Option(help: ArgumentHelp("Serve a .snmprec or .snmpwalk file.", valueName: "file"))
    var recording: String?

    @Flag(help: "Give serials and sysName of a recording a form of their own on each address.")
    var vary = false

    @Option(help: "Generate rows in the shape of this vendor: \(Vendor.names).")
    var vendor: String?

    @Option(help: "Boards of a generated OLT, 1...32; 1 for the boxes vsol-gpon, bdcom-gpon and cdata-gpon.")
    var boards = 1

    @Option(help: "PON ports of each board, 1...32.")
    var ports = 4

    @Option(help: "ONUs of each port, 0...128.")
    var onus = 16

    @Option(help: "Community that is answered; any other meets silence.")
    var community = "public"

    @Option(help: "Seed of the generated values and of the faults.")
    var seed: UInt64 = 1

    @Option(name: .customLong("fault"), help: ArgumentHelp("What the devices do wrong; may be given several times.", valueName: "fault"))
    var faults: [String] = []

    @Option(
        help: ArgumentHelp(
            "Groups of devices as JSON: [{addresses, recording | vendor, boards, ports, onus, vary, community, seed, faults}].",
            valueName: "file"
        )
    )
    var config: String?

    @Option(help: "UDP port of every device; 0 chooses a free one.")
    var port: UInt16 = 16_161

    @Option(help: ArgumentHelp("Serve the account over HTTP there; port 0 chooses a free one.", valueName: "address:port"))
    var account: String?

    @Flag(help: "Refuse a recording with a bad line; without it, bad lines are told with file and line and left out.")
    var strict = false

    @Option(help: ArgumentHelp("How long an hour of the account lasts, for a time that runs faster.", valueName: "time"))
    var hour = "1h"

    @Option(help: "Most octets of an answer, 484...65507.")
    var octetsMax = 1472

    @Flag(help: "Check options and files, say what would be simulated, and end.")
    var check = false

    func run() throws {
        let settings = try settings()
        try settings.validate()
        if check {
            var devices = 0
            for group in settings.groups {
                StandardStreams.out(try summary(of: group))
                devices += group.addresses.count
            }
            StandardStreams.out("\(devices) devices")
            return
        }
        try serve(settings)
    }

    private func serve(_ settings: SimulatorSettings) throws {
        let signals = StopSignals()
        let simulator = try Simulator(settings)
        tell(simulator.problems)
        try simulator.start()
        let account = settings.account.flatMap { place in simulator.accountPort.map { "\"\(place.address):\($0)\"" } }
        StandardStreams.out("{\"port\": \(simulator.port), \"account\": \(account ?? "null"), \"devices\": \(simulator.reports.count)}")
        signals.wait()
        simulator.stop()
    }
}
