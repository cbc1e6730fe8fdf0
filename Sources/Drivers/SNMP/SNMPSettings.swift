/// Bounds of one engine, that is of one process.
package struct SNMPSettings: Sendable, Hashable {
    /// Requests that may be under way at once over all devices.
    package var inFlightMax: Int = 1024
    /// Sessions that may be open at once; each holds a descriptor.
    package var devicesMax: Int = 16_384
    /// Devices whose answer times and sizes are remembered after their session was closed.
    package var memoriesMax: Int = 65_536

    package init() {}

    /// - Returns: the names of settings that are out of range; empty when all is well.
    package func problems() -> [String] {
        var problems: [String] = []
        if inFlightMax < 1 { problems.append("inFlightMax must be at least 1") }
        if devicesMax < 1 { problems.append("devicesMax must be at least 1") }
        if memoriesMax < 0 { problems.append("memoriesMax must not be negative") }
        return problems
    }
}
