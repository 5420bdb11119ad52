using System.Reflection;
using Jobtree.Actors.Ports;

namespace Jobtree.Actors.Tests.Runs;

/// <summary>
/// A way to a flavor on which every second answer to a command is lost: the flavor has decided, and the caller does not
/// hear of it.
/// </summary>
public class LosingFlavor : DispatchProxy
{
    private static readonly string[] Commands = [nameof(IFlavor.Admit), nameof(IFlavor.Close), nameof(IFlavor.Amend),
        nameof(IFlavor.Withdraw)];

    private readonly Dictionary<string, int> calls = [];
    private IFlavor flavor = null!;

    public static IFlavor To(IFlavor flavor)
    {
        var way = Create<IFlavor, LosingFlavor>();
        ((LosingFlavor)way).flavor = flavor;
        return way;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var answer = targetMethod!.Invoke(flavor, args);
        if (!Commands.Contains(targetMethod.Name))
            return answer;
        calls[targetMethod.Name] = calls.GetValueOrDefault(targetMethod.Name) + 1;
        return calls[targetMethod.Name] % 2 == 1 ? throw new IOException("The answer was lost.") : answer;
    }
}
