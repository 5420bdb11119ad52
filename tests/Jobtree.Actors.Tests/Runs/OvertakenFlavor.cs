using System.Reflection;
using Jobtree.Actors.Ports;

namespace Jobtree.Actors.Tests.Runs;

/// <summary>A way to a flavor on which something else happens right after the first answer to a close.</summary>
public class OvertakenFlavor : DispatchProxy
{
    private IFlavor flavor = null!;
    private Action? then;

    public static IFlavor To(IFlavor flavor, Action then)
    {
        var way = Create<IFlavor, OvertakenFlavor>();
        (((OvertakenFlavor)way).flavor, ((OvertakenFlavor)way).then) = (flavor, then);
        return way;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var answer = targetMethod!.Invoke(flavor, args);
        if (targetMethod.Name == nameof(IFlavor.Close))
        {
            then?.Invoke();
            then = null;
        }
        return answer;
    }
}
