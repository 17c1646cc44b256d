using Loyalty.Core;
using Loyalty.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Loyalty.Functions.Contact;

/// <summary>Reads the form of a page, with a bound: anybody who has a link may post to it.</summary>
internal static class LinkForm
{
    private const int MostBytes = 64 * 1024;
    private const int MostFields = 200;

    /// <summary>The form, or the answer that refuses it.</summary>
    public static async Task<(IFormCollection? Form, IResult? Refusal)> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!request.HasFormContentType) return (null, Problems.Result(RefusalCode.UnsupportedMediaType, "Send a form."));
        var limits = new FormOptions { ValueCountLimit = MostFields, BufferBodyLengthLimit = MostBytes, MultipartBodyLengthLimit = MostBytes, ValueLengthLimit = MostBytes / 4 };
        try
        {
            return (await request.ReadFormAsync(limits, cancellation), null);
        }
        catch (InvalidDataException wrong)
        {
            // The framework tells both by one exception; its words for a bound all have this one in them.
            return wrong.Message.Contains("limit", StringComparison.OrdinalIgnoreCase)
                ? (null, Problems.Result(RefusalCode.BodyTooLarge, $"A form has at most {MostFields} fields and {MostBytes / 1024} KiB."))
                : (null, Problems.Result(RefusalCode.MalformedBody, "The form cannot be read."));
        }
        catch (IOException wrong) when (wrong is not BadHttpRequestException)
        {
            return (null, Problems.Result(RefusalCode.MalformedBody, "The form ends in its middle."));
        }
    }
}
