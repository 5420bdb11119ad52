namespace Jobtree.Actors.Ports;

/// <summary>The identity of a journaled actor, written as <c>run/default/train</c> or <c>flavor/H100</c>.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Name">The name within the kind.</param>
public readonly record struct ActorKey(ActorKind Kind, string Name) : ISpanFormattable
{
    /// <summary>Parses the output of <see cref="ToString()"/>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">The text names no kind.</exception>
    public static ActorKey Parse(string text) => text switch
    {
        ['r', 'u', 'n', '/', .. var name] => new ActorKey(ActorKind.Run, name),
        ['f', 'l', 'a', 'v', 'o', 'r', '/', .. var name] => new ActorKey(ActorKind.Flavor, name),
        ['e', 'n', 'v', 'e', 'l', 'o', 'p', 'e', '/', .. var name] => new ActorKey(ActorKind.Envelope, name),
        ['d', 'i', 'r', 'e', 'c', 't', 'o', 'r', 'y', '/', .. var name] => new ActorKey(ActorKind.Directory, name),
        _ => throw new FormatException($"'{text}' is not an actor."),
    };

    /// <inheritdoc/>
    public override string ToString() => Prefix() + Name;

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format,
        IFormatProvider? provider) =>
        destination.TryWrite($"{Prefix()}{Name}", out charsWritten);

    private string Prefix() => Kind switch
    {
        ActorKind.Run => "run/",
        ActorKind.Flavor => "flavor/",
        ActorKind.Envelope => "envelope/",
        _ => "directory/",
    };
}

/// <summary>The kinds of journaled actors.</summary>
public enum ActorKind
{
    /// <summary>A run.</summary>
    Run,

    /// <summary>A flavor.</summary>
    Flavor,

    /// <summary>An envelope.</summary>
    Envelope,

    /// <summary>The directory of budgets, flavors and nodes.</summary>
    Directory,
}
