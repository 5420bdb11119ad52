namespace Jobtree.Actors.Operations;

/// <summary>Makes results whose value is an interface, such as a list: C# converts none of these implicitly.</summary>
public static class Results
{
    /// <summary>A result with a value.</summary>
    /// <typeparam name="T">The value's type, as the operation names it.</typeparam>
    /// <param name="value">The value.</param>
    public static Result<T> Of<T>(T value) => new(value, null);
}
