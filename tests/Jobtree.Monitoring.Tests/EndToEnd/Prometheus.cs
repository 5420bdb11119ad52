using System.Text.Json;

namespace Jobtree.Monitoring.Tests.EndToEnd;

/// <summary>The questions to a Prometheus.</summary>
/// <param name="address">Where it is.</param>
internal sealed class Prometheus(Uri address) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = address };

    /// <summary>The result of a query now: each series with its labels and value.</summary>
    /// <exception cref="InvalidOperationException">The query failed; the message has what Prometheus said.</exception>
    public async Task<IReadOnlyList<PrometheusSeries>> Query(string expression)
    {
        using var form = new FormUrlEncodedContent([new("query", expression)]);
        using var answer = await http.PostAsync("api/v1/query", form);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{expression}: {document.RootElement.GetProperty("error")}");
        var data = document.RootElement.GetProperty("data");
        return data.GetProperty("resultType").GetString() == "vector"
            ? [.. data.GetProperty("result").EnumerateArray().Select(Series)]
            : [new PrometheusSeries(new Dictionary<string, string>(), data.GetProperty("result")[1].GetString()!)];
    }

    /// <summary>All rules, as the server has them.</summary>
    public async Task<IReadOnlyList<PrometheusRule>> Rules()
    {
        using var document = JsonDocument.Parse(await http.GetStringAsync("api/v1/rules"));
        return
        [
            .. document.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray()
                .SelectMany(group => group.GetProperty("rules").EnumerateArray()).Select(rule => new PrometheusRule(
                    rule.GetProperty("name").GetString()!,
                    rule.GetProperty("query").GetString()!,
                    rule.GetProperty("type").GetString()!,
                    rule.GetProperty("health").GetString()!,
                    rule.TryGetProperty("lastError", out var error) ? error.GetString() : null)),
        ];
    }

    /// <summary>The alerts that are pending or firing.</summary>
    public async Task<IReadOnlyList<PrometheusAlert>> Alerts()
    {
        using var document = JsonDocument.Parse(await http.GetStringAsync("api/v1/alerts"));
        return
        [
            .. document.RootElement.GetProperty("data").GetProperty("alerts").EnumerateArray().Select(alert =>
                new PrometheusAlert(Labels(alert.GetProperty("labels")), alert.GetProperty("state").GetString()!)),
        ];
    }

    public void Dispose() => http.Dispose();

    private static PrometheusSeries Series(JsonElement item) =>
        new(Labels(item.GetProperty("metric")), item.GetProperty("value")[1].GetString()!);

    private static Dictionary<string, string> Labels(JsonElement labels) =>
        labels.EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!);
}

/// <summary>A series of a result.</summary>
internal sealed record PrometheusSeries(IReadOnlyDictionary<string, string> Labels, string Value);

/// <summary>A rule: <c>recording</c> or <c>alerting</c>.</summary>
internal sealed record PrometheusRule(string Name, string Expression, string Type, string Health, string? Error);

/// <summary>An alert that is pending or firing.</summary>
internal sealed record PrometheusAlert(IReadOnlyDictionary<string, string> Labels, string State)
{
    public string Name => Labels["alertname"];
}
