using Jobtree.Core.Model;

namespace Jobtree.Embedded.Tests.Executors;

internal sealed record Exit(RunKey Run, int Attempt, bool Succeeded, string? Message);
