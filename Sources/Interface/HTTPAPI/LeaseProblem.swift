import APIContract
import Domain

extension Problem {
    init(_ error: LeaseStoreError) {
        switch error {
        case .silent(let operation, let reason):
            self.init(
                status: 503,
                code: "lease_store_silent",
                title: "Redis does not answer",
                detail: "\(operation): \(reason); nothing is known about the lease"
            )
        case .refused(let operation, let message):
            self.init(status: 500, code: "lease_store_refused", title: "Redis refused", detail: "\(operation): \(message)")
        }
    }
}
