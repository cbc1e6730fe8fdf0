internal import SNMP

extension ColumnClass {
    /// What reading a column costs the device, as the profile says; each class remembers its own repetitions.
    init(_ cost: Profile.Cost) {
        switch cost {
        case .cheap: self = .cheap
        case .medium: self = .medium
        case .dear: self = .dear
        }
    }
}
