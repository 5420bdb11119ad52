using System.Text.Json.Nodes;

namespace Jobtree.Api.Tests.Hosting;

/// <summary>A response, read to its end.</summary>
public sealed record Answer(int Status, string ContentType, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public string? Code => (string?)Json["code"];

    public static async Task<Answer> From(HttpResponseMessage response) => new(
        (int)response.StatusCode,
        response.Content.Headers.ContentType?.MediaType ?? "",
        await response.Content.ReadAsStringAsync(),
        response.Headers.Concat(response.Content.Headers).ToDictionary(
            header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));

    /// <summary>Checks that this is a problem document, whole and true to its status.</summary>
    public Answer IsProblem(int status, string code)
    {
        Assert.True(Status == status, $"Expected {status} {code}, got {Status}: {Text}");
        Assert.Equal("application/problem+json", ContentType);
        Assert.Equal(code, Code);
        Assert.Equal(status, (int)Json["status"]!);
        Assert.Equal($"urn:jobtree:problem:{code}", (string?)Json["type"]);
        Assert.False(string.IsNullOrWhiteSpace((string?)Json["detail"]));
        Assert.False(string.IsNullOrWhiteSpace((string?)Json["title"]));
        Assert.Equal("nosniff", Headers["X-Content-Type-Options"]);
        Assert.Equal("no-store", Headers["Cache-Control"]);
        return this;
    }

    public Answer IsOk()
    {
        Assert.True(Status == 200, $"Expected 200, got {Status}: {Text}");
        return this;
    }
}
