extension DeviceIdentity {
    /// Columns that hold a serial as 8 octets or as text that ends in hexadecimal digits, by vendor.
    ///
    /// Ubiquiti UFiber is left out: there the serial is the index too.
    private static let serialColumns: [ObjectName] = [
        HuaweiNames.gpon + [43, 1, 3],
        ObjectName([1, 3, 6, 1, 4, 1, 3902, 1012, 3, 28, 1, 1, 5]),
        ObjectName([1, 3, 6, 1, 4, 1, 3902, 1082, 500, 10, 2, 3, 3, 1, 6]),
        ObjectName([1, 3, 6, 1, 4, 1, 3902, 1082, 500, 20, 2, 1, 2, 1, 3]),
        ObjectName([1, 3, 6, 1, 4, 1, 37_950, 1, 1, 6, 1, 1, 2, 1, 5]),
        ObjectName([1, 3, 6, 1, 4, 1, 3320, 10, 3, 1, 1, 4]),
        ObjectName([1, 3, 6, 1, 4, 1, 3320, 10, 3, 3, 1, 2]),
    ]

    /// This device's own form of a recorded serial or sysName; `nil` for any other row.
    func varied(_ encoded: ArraySlice<UInt8>, _ name: ArraySlice<UInt32>) -> SimulatedValue? {
        if name.elementsEqual((ObjectName.system + [5, 0]).arcs) { return .octets(Array(systemName.utf8)) }
        guard Self.serialColumns.contains(where: { name.starts(with: $0.arcs) }) else { return nil }
        var reader = BERReader(Array(encoded))
        guard case .octets(let serial)? = try? reader.value() else { return nil }
        return variedTail(of: serial).map { .octets($0) }
    }

    /// The last four octets, or the last digits of a text, mixed with the address; one to one within a device.
    private func variedTail(of serial: [UInt8]) -> [UInt8]? {
        let mask = Scramble.permute(address.number)
        let digits = serial.suffix(8).reversed().prefix { $0.hexadecimalValue != nil }.count
        if serial.count == 8 && digits < 8 {
            let tail = serial[4...].reduce(0) { $0 << 8 | UInt32($1) }
            return serial[..<4] + (tail ^ mask).networkOctets
        }
        guard digits >= 4 else { return nil }
        var varied = serial
        for position in 1...digits {
            let index = serial.count - position
            guard let digit = serial[index].hexadecimalValue else { return nil }
            let mixed = digit ^ UInt8(mask >> UInt32((position - 1) * 4) & 0xF)
            varied[index] = mixed < 10 ? UInt8(ascii: "0") + mixed : UInt8(ascii: "A") + mixed - 10
        }
        return varied
    }
}
