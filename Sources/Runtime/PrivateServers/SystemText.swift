import Glibc

/// The system's text for an error number; glibc keeps it per thread since 2.32.
func systemText(_ code: Int32) -> String {
    strerror(code).map { String(cString: $0) } ?? "error \(code)"
}
