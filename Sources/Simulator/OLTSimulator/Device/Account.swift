/// What a device has seen and done since its account was opened.
package struct Account: Equatable, Sendable {
    /// Datagrams, whatever they hold.
    package var requests = 0
    package var answers = 0
    /// Requests that got no answer on purpose (silence, loss, overload, drop-over).
    package var dropped = 0
    /// Those of them that met an overloaded device at work on another.
    package var overloaded = 0
    package var malformed = 0
    package var wrongCommunity = 0
    /// Most requests that were being worked on at once.
    package var inFlightMax = 0
    package var get = 0
    package var getNext = 0
    package var getBulk = 0
    package var set = 0
    /// Bindings sent.
    package var varbinds = 0

    package init() {}
}

/// The account of one device with its witness.
package struct DeviceReport: Sendable {
    package let address: DeviceAddress
    package let account: Account
    package let witness: HolderWitness
    package let ledger: HourLedger
}
