using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>A claim's class as last told.</summary>
/// <param name="Class">The class.</param>
/// <param name="Since">Up to when it is metered.</param>
public sealed record ClaimSnapshot(FundingClass Class, DateTimeOffset Since);
