/// How far the wall clocks of orchestrators may differ.
package enum ClockSkew {
    /// What one of them calls due may be so much later for another: nothing is concluded from it meanwhile.
    package static let tolerated: Duration = .seconds(60)
}
