using System.CommandLine;
using System.CommandLine.Parsing;

namespace Jobtree.Monitoring.Preview;

/// <summary><c>preview</c>: shows the dashboards with the data of a Prometheus, without a Grafana.</summary>
internal static class PreviewCommand
{
    private const int PortMax = 65535;
    private const int ScrapeIntervalMax = 3600;

    public static Command Make()
    {
        var prometheus = new Option<string>("--prometheus")
        {
            Description = "The Prometheus that has the data.",
            DefaultValueFactory = _ => "http://127.0.0.1:9090",
        };
        prometheus.Validators.Add(CheckPrometheus);
        var port = new Option<int>("--port")
        {
            Description = "The port on the loopback address; 0 takes a free one.",
            DefaultValueFactory = _ => 3001,
        };
        port.Validators.Add(result => CheckRange(result, 0, PortMax));
        var scrapeInterval = new Option<int>("--scrape-interval")
        {
            Description = "Seconds between two scrapes of that Prometheus; the windows of rates depend on it.",
            DefaultValueFactory = _ => 15,
        };
        scrapeInterval.Validators.Add(result => CheckRange(result, 1, ScrapeIntervalMax));
        var command = new Command("preview", "Show the dashboards in a browser, with the data of a Prometheus.")
        {
            prometheus, port, scrapeInterval,
        };
        command.SetAction((parsed, stopping) => PreviewServer.Run(
            new Uri(parsed.GetRequiredValue(prometheus)), parsed.GetValue(port), parsed.GetValue(scrapeInterval),
            stopping));
        return command;
    }

    private static void CheckPrometheus(OptionResult result)
    {
        var isAddress = Uri.TryCreate(result.GetValueOrDefault<string>(), UriKind.Absolute, out var address);
        if (!isAddress || address!.Scheme is not ("http" or "https"))
            result.AddError("--prometheus takes a URL, such as http://127.0.0.1:9090.");
        else if (address.UserInfo.Length > 0)
            result.AddError("--prometheus takes no password: every user of the machine can see arguments.");
    }

    private static void CheckRange(OptionResult result, int min, int max)
    {
        if (result.GetValueOrDefault<int>() is var value && (value < min || value > max))
            result.AddError($"{result.Option.Name} is from {min} to {max}.");
    }
}
