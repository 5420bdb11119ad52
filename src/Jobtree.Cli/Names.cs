using System.CommandLine;
using System.Text.RegularExpressions;
using Jobtree.Core.Model;

namespace Jobtree.Cli;

/// <summary>
/// The syntax of names on a command line. Names are used in URLs, so an invalid name is refused here.
/// </summary>
internal static partial class Names
{
    private const int NamespaceLengthMax = 63;
    private const int NameLengthMax = 253;
    private const int OwnerLengthMax = 256;

    /// <summary>The syntax of a namespace, for error messages.</summary>
    public const string NamespaceAllowed = "a namespace has lower-case letters, digits, '-' and '.', at most 63.";

    private const string NameAllowed =
        "a name has lower-case letters, digits, '-' and '.', begins and ends with a letter or digit, at most 253.";

    /// <summary>Whether a text is a valid namespace.</summary>
    public static bool IsNamespace(string text) => text.Length <= NamespaceLengthMax && NameShape().IsMatch(text);

    /// <summary>An argument for a run: <c>namespace/name</c>, or a name in <c>--namespace</c>.</summary>
    /// <param name="optional">Whether it may be omitted.</param>
    public static Argument<string?> RunArgument(bool optional = false)
    {
        var argument = new Argument<string?>(
            "run") { Description = "The run: namespace/name, or a name in --namespace." };
        Check(argument, optional, text => IsRun(text) ? null
            : $"'{text}' is not a run; write namespace/name, where {NameAllowed}");
        return argument;
    }

    /// <summary>An argument for a budget: <c>namespace/name</c>, or a name in <c>--namespace</c>.</summary>
    public static Argument<string?> BudgetArgument()
    {
        var argument = new Argument<string?>(
            "budget") { Description = "The budget: namespace/name, or a name in --namespace." };
        Check(argument, optional: false, text => IsRun(text) ? null
            : $"'{text}' is not a budget; write namespace/name, where {NameAllowed}");
        return argument;
    }

    /// <summary>An argument for a node.</summary>
    public static Argument<string?> NameArgument(string name, string description)
    {
        var argument = new Argument<string?>(name) { Description = description };
        Check(argument, optional: false, text => IsName(text) ? null
            : $"'{text}' is not the name of a {name}; {NameAllowed}");
        return argument;
    }

    /// <summary>An argument for an owner path.</summary>
    public static Argument<string?> OwnerArgument(string name, string description)
    {
        var argument = new Argument<string?>(name) { Description = description };
        Check(argument, optional: false, text => text.Length <= OwnerLengthMax && OwnerShape().IsMatch(text)
            ? null
            : $"'{text}' is not an owner; write a path such as org:ai:rai.");
        return argument;
    }

    /// <summary>The run that an argument names.</summary>
    public static RunKey Run(string text, string defaultNamespace) =>
        text.Contains('/', StringComparison.Ordinal) ? RunKey.Parse(text) : new RunKey(defaultNamespace, text);

    /// <summary>The key of the budget that a text names.</summary>
    public static string Budget(string text, string defaultNamespace)
    {
        var named = Run(text, defaultNamespace); // A budget is named as a run is.
        return named.Namespace == RunKey.DefaultNamespace ? named.Name : named.ToString();
    }

    private static void Check(Argument<string?> argument, bool optional, Func<string, string?> problem)
    {
        argument.Arity = optional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne;
        argument.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && problem(result.Tokens[0].Value) is { } message)
                result.AddError(message);
        });
    }

    /// <summary>Whether a text names a run or a budget.</summary>
    public static bool IsRun(string text) =>
        text.IndexOf('/', StringComparison.Ordinal) is var slash && slash < 0 ? IsName(text) : IsNamespace(
            text[..slash]) && IsName(text[(slash + 1)..]);

    /// <summary>Whether a text is a valid name.</summary>
    public static bool IsName(string text) => text.Length <= NameLengthMax && NameShape().IsMatch(text);

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?\z")]
    private static partial Regex NameShape();

    [GeneratedRegex(@"^[A-Za-z0-9._-]+(:[A-Za-z0-9._-]+)*\z")]
    private static partial Regex OwnerShape();
}
