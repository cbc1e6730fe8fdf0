internal import Domain
internal import Reactor
internal import SNMP

extension DeviceError {
    /// What the security of version 3 refused; silence counts as such only when the device tells its engine.
    static func denied(device: String, _ fault: SecurityFault) -> DeviceError {
        .denied(device: device, reason: "\(fault)", isFinal: fault.retry == .never)
    }
}
