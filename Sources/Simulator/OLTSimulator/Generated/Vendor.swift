/// Vendors whose tables can be generated.
///
/// Names of objects are written in this room by hand and never read from a profile, so that an error in a profile shows.
package enum Vendor: String, CaseIterable, Sendable {
    case huawei
    /// Tree 1012: phases count from 0.
    case zteC3xx = "zte-c3xx"
    /// Tree 1082: phases count from 1.
    case zteC6xx = "zte-c6xx"
    case vsolGPON = "vsol-gpon"
    case fiberHome = "fiberhome"
    case bdcomGPON = "bdcom-gpon"
    case cdataGPON = "cdata-gpon"
    case nokia

    /// What `--vendor` takes, for messages.
    package static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

    var tables: VendorTables {
        switch self {
        case .huawei: .huawei
        case .zteC3xx: .zteC3xx
        case .zteC6xx: .zteC6xx
        case .vsolGPON: .vsolGPON
        case .fiberHome: .fiberHome
        case .bdcomGPON: .bdcomGPON
        case .cdataGPON: .cdataGPON
        case .nokia: .nokia
        }
    }

    /// Tables of optics, which real OLTs fetch from one ONU at a time.
    static let optics: [ObjectName] = [
        HuaweiNames.optics,
        .enterprise(3902, 1012, 3, 50, 12, 1, 1),
        .enterprise(3902, 1015, 1010, 11, 2),
        .enterprise(3902, 1082, 500, 20, 2, 2, 2),
        .enterprise(3902, 1082, 500, 1, 2, 4, 2),
        .enterprise(37_950, 1, 1, 6, 1, 1, 3),
        .enterprise(5875, 800, 3, 9, 3, 3),
        .enterprise(5875, 800, 3, 9, 3, 7),
        .enterprise(3320, 10, 3, 4),
        .enterprise(3320, 10, 2, 3),
        .enterprise(17_409, 2, 8, 4, 4),
        .enterprise(17_409, 2, 3, 3, 6),
        .enterprise(637, 61, 1, 35, 10, 14),
        .enterprise(637, 61, 1, 35, 10, 18),
    ]
}
