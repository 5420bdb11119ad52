using System.Reflection;
using Jobtree.Actors.Ports;

namespace Jobtree.Actors.Tests.Directories;

/// <summary>A way to a flavor on which the list of its budgets takes a while.</summary>
public class SlowFlavor : DispatchProxy
{
    private IFlavor flavor = null!;
    private Task until = Task.CompletedTask;

    public static IFlavor To(IFlavor flavor, Task until)
    {
        var way = Create<IFlavor, SlowFlavor>();
        (((SlowFlavor)way).flavor, ((SlowFlavor)way).until) = (flavor, until);
        return way;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == nameof(IFlavor.Budgets)
            ? new ValueTask<IReadOnlyList<string>>(Late()) : targetMethod.Invoke(flavor, args);

    private async Task<IReadOnlyList<string>> Late()
    {
        await until;
        return await flavor.Budgets();
    }
}
