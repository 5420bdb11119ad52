using System.Net.Sockets;
using System.Text;

namespace Jobtree.Api.Tests.Hosting;

/// <summary>Sends bytes as they are, for requests that no client would make.</summary>
public static class RawHttp
{
    /// <summary>
    /// Everything that comes back until the server closes the connection; requests should say <c>Connection: close</c>.
    /// </summary>
    public static async Task<string> Send(Uri address, params byte[][] parts)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        var stream = client.GetStream();
        try
        {
            foreach (var part in parts)
                await stream.WriteAsync(part);
        }
        catch (IOException)
        {
            // The server may refuse and close before it has read everything; its answer is what counts.
        }

        using var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all);
        }
        catch (IOException)
        {
            // Closed with our bytes unread: what came before still counts.
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }

    public static Task<string> Send(Uri address, string request) => Send(address, Encoding.Latin1.GetBytes(request));
}
