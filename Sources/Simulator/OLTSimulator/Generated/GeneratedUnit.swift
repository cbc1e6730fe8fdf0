/// One ONU of a generated device: everything about it follows from the device's key, its ordinal and its outage.
struct GeneratedUnit {
    /// Key and address of the device it hangs on.
    let device: DeviceIdentity
    let ordinal: UInt32
    /// Why it was off line last, if someone did that to it.
    let outage: Outage?
    let elapsed: Duration
    private let draw: UInt64

    init(_ ordinal: UInt32, of device: DeviceIdentity, outage: Outage? = nil, elapsed: Duration = .zero) {
        self.device = device
        self.ordinal = ordinal
        self.outage = outage
        self.elapsed = elapsed
        draw = Scramble.mix(device.key, UInt64(ordinal))
    }

    /// About five in a hundred are offline.
    var isOffline: Bool { isOut || draw % 1000 < 50 }

    private var isOut: Bool { outage.map { $0.ended == nil } ?? false }

    /// A draw of its own for each topic, 0..<bound.
    func draw(_ topic: UInt64, below bound: UInt64) -> UInt64 {
        Scramble.mix(draw, topic) % bound
    }

    /// Four letters of a vendor and four octets that no other ONU in the same /16 of addresses has.
    ///
    /// The seed has no part in it: groups with different seeds do not collide.
    var serial: [UInt8] {
        let vendors = ["HWTC", "ZTEG", "ALCL", "GPON", "FHTT", "CDTC", "UBNT", "TPLG"]
        let network = Int(device.address.number >> 16 & 0xFF) + Int(ordinal >> 16) * 3 + 6
        let number = Scramble.permute(device.address.number << 16 | (ordinal & 0xFFFF))
        return Array(vendors[network % vendors.count].utf8) + number.networkOctets
    }

    /// The same as people read it: `HWTC1A2B3C4D`.
    var serialText: String {
        let serial = serial
        let digits = serial[4...].map { octet in
            let text = String(octet, radix: 16, uppercase: true)
            return octet < 16 ? "0" + text : text
        }
        return String(decoding: serial[..<4], as: UTF8.self) + digits.joined()
    }

    /// ASCII, UTF-8, bytes of other code pages, or `nil` for none.
    var text: [UInt8]? {
        let number = String(ordinal)
        switch draw(1, below: 20) {
        case 0: return nil
        case 1: return Array("Straße \(number) / Müller".utf8)
        case 2: return Array("абонент \(number), ул. Садовая".utf8)
        case 3: return Array("客户 \(number)".utf8)
        // "абонент" in Windows-1251 and "Peña" in Latin-1: not UTF-8.
        case 4: return [0xE0, 0xE1, 0xEE, 0xED, 0xE5, 0xED, 0xF2, 0x20] + Array(number.utf8)
        case 5: return Array("Pe".utf8) + [0xF1] + Array("a \(number)".utf8)
        default: return Array("customer-\(device.address)-\(number)".utf8)
        }
    }

    // MARK: When and why it was down

    /// Why it went down last; `nil` when it never did.
    var lastDownCause: Outage.Cause? {
        if let outage { return outage.cause }
        if !isOffline && draw(2, below: 4) == 0 { return nil }
        return draw(3, below: 100) < 60 ? .power : .fibre
    }

    /// Minutes before 2026-01-01 at which it last went down by itself.
    private var wentDown: UInt64 { 1 + draw(4, below: 100_000) }

    /// Seconds since 1970; the simulator starts at 2026-01-01.
    var lastUp: Int64 {
        if let ended = outage?.ended, draw % 1000 >= 50 { return DateAndTime.start + ended.components.seconds }
        // An offline ONU came up before it went down.
        if lastDownCause == nil || outage != nil { return DateAndTime.start - 150_000 * 60 }
        let minutes = isOffline ? wentDown + 1 + draw(5, below: 50_000) : wentDown - min(wentDown - 1, draw(5, below: 500))
        return DateAndTime.start - Int64(minutes) * 60
    }

    /// `nil` when it never went down.
    var lastDown: Int64? {
        if let outage { return DateAndTime.start + outage.since.components.seconds }
        return lastDownCause == nil ? nil : DateAndTime.start - Int64(wentDown) * 60
    }

    var lastDyingGasp: Int64? { lastDownCause == .power ? lastDown : nil }

    /// Half of the devices send times with a zone.
    var isLong: Bool { device.key & 1 == 0 }

    // MARK: Readings, nil while it is offline

    /// Metres.
    var distance: Int32? { isOffline ? nil : Int32(120 + draw(6, below: 19_000)) }

    private func reading(_ topic: UInt64, from low: Int32, span: UInt64) -> Int32? {
        isOffline ? nil : low + Int32(draw(topic, below: span))
    }

    /// Degrees Celsius.
    var temperature: Int32? { reading(7, from: 28, span: 40) }
    /// Milliamperes.
    var bias: Int32? { reading(8, from: 7, span: 20) }
    /// Millivolts.
    var voltage: Int32? { reading(9, from: 3200, span: 180) }
    /// Hundredths of a dBm.
    var sentPower: Int32? { reading(10, from: 180, span: 170) }
    /// Hundredths of a dBm: −27.50…−12.00, most of them in the middle.
    var receivedPower: Int32? { isOffline ? nil : -2750 + Int32(draw(11, below: 775) + draw(12, below: 775)) }
    /// Hundredths of a dBm, as the OLT measures this ONU.
    var receivedPowerAtOLT: Int32? { receivedPower.map { $0 - 150 + Int32(draw(13, below: 200)) } }
    /// One ONU in ten has a television receiver; hundredths of a dBm.
    var televisionPower: Int32? { draw(14, below: 10) == 0 ? reading(15, from: -900, span: 700) : nil }
    var isEthernetUp: Bool? { isOffline ? nil : draw(16, below: 10) != 0 }

    /// A counter that started at a random value and moves by its own rate while the ONU is online.
    func counter(_ topic: UInt64, perSecond: UInt64) -> UInt64 {
        let start = draw(topic, below: 1 << 40)
        guard !isOffline else { return start }
        return start &+ draw(topic + 100, below: perSecond) * UInt64(max(elapsed.components.seconds, 0))
    }
}

/// One PON port of a generated device, with the ONUs that hang on it.
struct GeneratedPort {
    let units: [GeneratedUnit]
    /// Draws for the port itself.
    let own: GeneratedUnit

    var onlineCount: Int32 { Int32(units.count { !$0.isOffline }) }
}
