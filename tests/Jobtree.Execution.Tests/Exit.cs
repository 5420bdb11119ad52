using Jobtree.Core.Model;

namespace Jobtree.Execution.Tests;

internal sealed record Exit(RunKey Run, int Attempt, bool Succeeded, string? Message);
