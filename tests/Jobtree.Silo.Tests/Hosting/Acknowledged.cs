using System.Net;
using System.Text.Json;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>What one client was told about one run, and the request that it has no answer to.</summary>
internal sealed class Acknowledged(string name, int gpus, string owner)
{
    public string Name => name;

    public int Gpus => gpus;

    public string SubmitOperation { get; } = $"submit-{name}";

    /// <summary>Whether the submission was answered.</summary>
    public bool IsSubmitted { get; private set; }

    /// <summary>The phase that its acknowledged end left it in; null: none was acknowledged.</summary>
    public string? Ended { get; private set; }

    /// <summary>The command that was sent and not answered.</summary>
    public Func<FleetClient, Task<(HttpStatusCode Status, JsonElement Body)>>? InFlight { get; private set; }

    public Task Submit(FleetClient client) =>
        Send(client, c => c.Command("/v1/runs", Documents.Run(name, gpus, owner), SubmitOperation));

    public Task Cancel(FleetClient client) =>
        Send(client, c => c.Command($"/v1/runs/default/{name}/cancel", new { }, $"cancel-{name}"));

    public Task Complete(FleetClient client, int attempt) => Send(client, c =>
        c.Command($"/v1/runs/default/{name}/complete", new { succeeded = true }, $"complete-{name}-{attempt}"));

    /// <summary>Repeats what was not answered, twice: the same operation has one outcome.</summary>
    public async Task Repeat(FleetClient client)
    {
        if (InFlight is not { } send)
            return;
        if (await Send(client, send) != HttpStatusCode.OK)
            return;
        var (status, body) = await send(client);
        Assert.Equal(HttpStatusCode.OK, status);
        if (Ended is not null)
            Assert.Equal(Ended, body.GetProperty("status").GetProperty("phase").GetString());
    }

    private async Task<HttpStatusCode> Send(
        FleetClient client, Func<FleetClient, Task<(HttpStatusCode Status, JsonElement Body)>> send)
    {
        InFlight = send;
        var (status, body) = await send(client);
        InFlight = null;
        Assert.True((int)status < 500, $"{name}: {status} {body}");
        if (status != HttpStatusCode.OK)
            return status;
        if (!IsSubmitted)
            IsSubmitted = true;
        else
            Ended = body.GetProperty("status").GetProperty("phase").GetString();
        return status;
    }
}
