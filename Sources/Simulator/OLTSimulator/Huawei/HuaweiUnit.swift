/// One ONT of a generated device: everything about it follows from the device's key and its ordinal.
struct HuaweiUnit {
    /// Key and address of the device it hangs on.
    let device: DeviceIdentity
    let ordinal: UInt32
    /// Cause for which its whole port is down, if it is.
    let outage: Int32?
    private let draw: UInt64

    init(_ ordinal: UInt32, of device: DeviceIdentity, outage: Int32?) {
        self.device = device
        self.ordinal = ordinal
        self.outage = outage
        draw = Scramble.mix(device.key, UInt64(ordinal))
    }

    /// About five in a hundred are offline.
    var isOffline: Bool { outage != nil || draw % 1000 < 50 }

    /// A draw of its own for each topic, 0..<bound.
    private func draw(_ topic: UInt64, below bound: UInt64) -> UInt64 {
        Scramble.mix(draw, topic) % bound
    }

    /// Four letters of a vendor and four octets that no other ONT in the same /16 of addresses has.
    ///
    /// The seed has no part in it: groups with different seeds do not collide.
    var serial: [UInt8] {
        let vendors = ["HWTC", "ZTEG", "ALCL", "GPON", "FHTT", "CDTC", "UBNT", "TPLG"]
        let network = Int(device.address.number >> 16 & 0xFF) + Int(ordinal >> 16) * 3 + 6
        let number = Scramble.permute(device.address.number << 16 | (ordinal & 0xFFFF))
        return Array(vendors[network % vendors.count].utf8) + number.networkOctets
    }

    /// ASCII, UTF-8, bytes of other code pages, or the vendor's mark for "none".
    var text: [UInt8] {
        let number = String(ordinal)
        switch draw(1, below: 20) {
        case 0: return Array("ONT_NO_DESCRIPTION".utf8)
        case 1: return Array("Straße \(number) / Müller".utf8)
        case 2: return Array("абонент \(number), ул. Садовая".utf8)
        case 3: return Array("客户 \(number)".utf8)
        // "абонент" in Windows-1251 and "Peña" in Latin-1: not UTF-8.
        case 4: return [0xE0, 0xE1, 0xEE, 0xED, 0xE5, 0xED, 0xF2, 0x20] + Array(number.utf8)
        case 5: return Array("Pe".utf8) + [0xF1] + Array("a \(number)".utf8)
        default: return Array("customer-\(device.address)-\(number)".utf8)
        }
    }

    /// Dying gasp (power) or loss of signal (fibre); -1 when it never went down.
    var lastDownCause: Int32 {
        if let outage { return outage }
        if !isOffline && draw(2, below: 4) == 0 { return -1 }
        return draw(3, below: 100) < 60 ? 13 : 1
    }

    /// Minutes before 2026-01-01 at which it last went down.
    private var wentDown: UInt64 { 1 + draw(4, below: 100_000) }

    var lastUp: [UInt8] {
        // An offline ONT came up before it went down.
        if lastDownCause == -1 { return DateAndTime.octets(minutesBefore2026: 150_000, isLong: isLong) }
        let minutes = isOffline ? wentDown + 1 + draw(5, below: 50_000) : wentDown - min(wentDown - 1, draw(5, below: 500))
        return DateAndTime.octets(minutesBefore2026: minutes, isLong: isLong)
    }

    var lastDown: [UInt8] {
        lastDownCause == -1 ? DateAndTime.never(isLong: isLong) : DateAndTime.octets(minutesBefore2026: wentDown, isLong: isLong)
    }

    var lastDyingGasp: [UInt8] {
        lastDownCause == 13 ? DateAndTime.octets(minutesBefore2026: wentDown, isLong: isLong) : DateAndTime.never(isLong: isLong)
    }

    /// Half of the devices send times with a zone.
    private var isLong: Bool { device.key & 1 == 0 }

    /// Metres.
    var distance: Int32 { isOffline ? -1 : Int32(120 + draw(6, below: 19_000)) }

    private func reading(_ topic: UInt64, from low: Int32, span: UInt64) -> Int32 {
        isOffline ? HuaweiNames.noReading : low + Int32(draw(topic, below: span))
    }

    var temperature: Int32 { reading(7, from: 28, span: 40) }
    var bias: Int32 { reading(8, from: 7, span: 20) }
    var voltage: Int32 { reading(9, from: 3200, span: 180) }
    /// Hundredths of a dBm.
    var sentPower: Int32 { reading(10, from: 180, span: 170) }
    /// Hundredths of a dBm: −27.50…−12.00, most of them in the middle.
    var receivedPower: Int32 {
        isOffline ? HuaweiNames.noReading : -2750 + Int32(draw(11, below: 775) + draw(12, below: 775))
    }
    /// Hundredths of a dBm plus 10,000.
    var receivedPowerAtOLT: Int32 {
        isOffline ? HuaweiNames.noReading : 10_000 + receivedPower - 150 + Int32(draw(13, below: 200))
    }
    /// One ONT in ten has a television receiver.
    var televisionPower: Int32 {
        draw(14, below: 10) == 0 ? reading(15, from: -900, span: 700) : HuaweiNames.noReading
    }
    var ethernetState: Int32 { isOffline ? -1 : (draw(16, below: 10) == 0 ? 2 : 1) }

    /// A counter that started at a random value and moves by its own rate while the ONT is online.
    func counter(_ topic: UInt64, perSecond: UInt64, after elapsed: Duration) -> UInt64 {
        let start = draw(topic, below: 1 << 40)
        guard !isOffline else { return start }
        return start &+ draw(topic + 100, below: perSecond) * UInt64(max(elapsed.components.seconds, 0))
    }
}
