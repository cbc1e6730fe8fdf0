package import Domain

extension ControlDesk {
    /// Who coordinates, and whether it is this process.
    package var leadership: any Leadership { parts.leadership }
}
