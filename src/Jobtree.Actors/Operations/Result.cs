using System.Diagnostics.CodeAnalysis;

namespace Jobtree.Actors.Operations;

/// <summary>The result of an operation: a value or a problem.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly record struct Result<T>
{
    internal Result(T? value, Problem? problem) => (Value, Problem) = (value, problem);

    /// <summary>The value; default if there is a problem.</summary>
    public T? Value { get; }

    /// <summary>The problem, if any.</summary>
    public Problem? Problem { get; }

    /// <summary>Whether there is a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="problem">The problem, if there is no value.</param>
    public bool Succeeded([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Problem? problem)
    {
        (value, problem) = (Value, Problem);
        return problem is null;
    }

    /// <summary>A result with a value.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Result<T>(T value) => new(value, null);

    /// <summary>A result with a problem.</summary>
    /// <param name="problem">The problem.</param>
    public static implicit operator Result<T>(Problem problem) => new(default, problem);
}

/// <summary>Makes results whose value is an interface, such as a list, which C# does not convert implicitly.</summary>
public static class Results
{
    /// <summary>A result with a value.</summary>
    /// <typeparam name="T">The value's type in the operation's signature.</typeparam>
    /// <param name="value">The value.</param>
    public static Result<T> Of<T>(T value) => new(value, null);
}
