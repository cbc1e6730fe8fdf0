/// The version of all programs of this repository.
package enum Version {
    package static let text = "0.1.0"
}
