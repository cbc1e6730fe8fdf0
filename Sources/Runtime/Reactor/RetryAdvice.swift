/// What the caller of a failed driver operation may do next.
package enum RetryAdvice: Sendable, Hashable {
    /// The same request fails again: do not repeat it.
    case never
    /// The same request may succeed after this span.
    case after(Duration)
    /// The connection is gone; the request may succeed on a new one.
    case rebuild
}
