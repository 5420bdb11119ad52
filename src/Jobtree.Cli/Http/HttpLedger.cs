using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;

namespace Jobtree.Cli.Http;

/// <summary>Reads pages of a ledger through the API: one entry a line, byte for byte.</summary>
/// <param name="connection">The server.</param>
internal sealed class HttpLedger(HttpConnection connection)
{
    private const string FirstHeader = "Jobtree-Ledger-First";
    private const int LineBytesMax = 8 << 20;

    /// <summary>The next entries.</summary>
    public async Task<Result<LedgerPage>> Read(
        string flavor, long after, int limit, CancellationToken cancellation)
    {
        var query = new Query().And("after", after.ToString(CultureInfo.InvariantCulture))
            .And("limit", limit.ToString(CultureInfo.InvariantCulture));
        var path = $"v1/ledger/{Uri.EscapeDataString(flavor)}{query}";
        if (!(await connection.Open(path, "application/x-ndjson", cancellation))
            .Succeeded(out var response, out var problem))
            return problem;
        using (response)
        {
            try
            {
                var first = response.Headers.TryGetValues(FirstHeader, out var values)
                    && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    ? number : 1;
                var lines = PipeReader.Create(await response.Content.ReadAsStreamAsync(cancellation));
                return new LedgerPage(await Lines(lines, cancellation), first);
            }
            catch (Exception broken) when (HttpConnection.IsBroken(broken))
            {
                return new Problem(ProblemCode.Unavailable, $"The ledger broke off: {broken.Message}");
            }
            catch (Exception strange) when (strange is JsonException or FormatException or InvalidDataException)
            {
                return new Problem(ProblemCode.Unavailable, $"The ledger is not understood: {strange.Message}");
            }
        }
    }

    private static async Task<IReadOnlyList<LedgerRecord>> Lines(PipeReader reader, CancellationToken cancellation)
    {
        var entries = new List<LedgerRecord>();
        while (true)
        {
            var read = await reader.ReadAsync(cancellation);
            var left = read.Buffer;
            while (left.PositionOf((byte)'\n') is { } end)
            {
                Add(entries, left.Slice(0, end).ToArray());
                left = left.Slice(left.GetPosition(1, end));
            }
            if (left.Length > LineBytesMax)
                throw new InvalidDataException($"an entry is longer than {LineBytesMax} bytes.");
            reader.AdvanceTo(left.Start, left.End);
            if (!read.IsCompleted)
                continue;
            return left.Length == 0 ? entries : throw new InvalidDataException("its last line is cut off.");
        }
    }

    private static void Add(List<LedgerRecord> entries, byte[] line)
    {
        // The server sends an empty line to show that it is alive.
        if (line.Length > 0)
            entries.Add(new LedgerRecord(LedgerFormat.Read(line, null).Sequence, line));
    }
}
