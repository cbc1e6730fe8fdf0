/// What every side of an SNMP bench is to read.
struct PollJob: Sendable {
    enum Work: Sendable {
        /// A subtree of every device.
        case walk(String)
        /// The same names of every device.
        case get([String])
    }

    var work: Work
    var first: String
    var devices: Int
    var inFlight: Int
    /// Repetitions of a GETBULK, or names in a GET.
    var count: Int
    /// A part of the subtree for a peer that cannot read all of it.
    var narrowRoot: String?

    /// For fewer devices.
    func among(_ most: Int) -> PollJob {
        var job = self
        job.devices = min(devices, most)
        job.inFlight = min(inFlight, job.devices)
        return job
    }
}
