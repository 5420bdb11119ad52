using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Jobtree.Manifests.Tree;

/// <summary>
/// Interprets plain YAML scalars under the core schema of YAML 1.2: <c>on</c> and <c>yes</c> are texts.
/// </summary>
internal static partial class YamlScalars
{
    public static ValueKind KindOf(Scalar scalar) =>
        scalar.Style == ScalarStyle.Plain ? KindOfPlain(scalar.Value) : ValueKind.Text;

    public static ValueKind KindOfPlain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => ValueKind.Null,
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => ValueKind.Flag,
        _ => Number().IsMatch(text) ? ValueKind.Number : ValueKind.Text,
    };

    // No two branches can match the same text in different ways, so a long hostile text costs linear time.
    [GeneratedRegex(
        @"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
        + @"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\z", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
