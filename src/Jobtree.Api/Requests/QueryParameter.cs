namespace Jobtree.Api.Requests;

/// <summary>A query parameter of a route, for validation and documentation.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does.</param>
/// <param name="Type">The JSON Schema type: string, integer, boolean.</param>
/// <param name="Words">The allowed words, if restricted.</param>
internal sealed record QueryParameter(
    string Name, string Description, string Type = "string", IReadOnlyList<string>? Words = null)
{
    public static QueryParameter Of<TEnum>(string name, string description)
        where TEnum : struct, Enum =>
        new(name, description, "string", Enum.GetNames<TEnum>());
}
