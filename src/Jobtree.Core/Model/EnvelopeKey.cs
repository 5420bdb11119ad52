namespace Jobtree.Core.Model;

/// <summary>
/// The identity of an envelope: <c>namespace/budget/envelope</c>, where the namespace <c>default</c> is left out. An
/// aggregate cap is named the same way.
/// </summary>
/// <param name="Budget">The budget's key: <c>namespace/name</c>, or its name in <c>default</c>.</param>
/// <param name="Envelope">The envelope's or cap's name, unique in its budget.</param>
public readonly record struct EnvelopeKey(string Budget, string Envelope)
{
    /// <summary>Reads <c>namespace/budget/envelope</c> or <c>budget/envelope</c>.</summary>
    /// <param name="text">The text to read.</param>
    /// <returns>The key.</returns>
    /// <exception cref="FormatException">The text has no slash, or nothing beside it.</exception>
    public static EnvelopeKey Parse(string text)
    {
        var slash = text.LastIndexOf('/');
        return slash > 0 && slash < text.Length - 1
            ? new EnvelopeKey(text[..slash], text[(slash + 1)..])
            : throw new FormatException($"'{text}' is not an envelope; write namespace/budget/envelope.");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Budget}/{Envelope}";
}
