//! Known values of fields whose values the API documentation does not list. Other public pages of
//! the API print most of them, and their lists may be older or shorter than the API's own. So each
//! set is open, and each value states its certainty.

use super::enumeration_macro::open_enumeration;
use crate::error::{Error, Result};
use crate::request::not_numbered;

open_enumeration! {
    /// Tone of voice of an agent. The API puts the value into a sentence, so it has an article.
    pub enum Tone {
        /// Professional.
        Professional = "a Professional" [label("Professional"), printed()],
        /// Empathic.
        Empathic = "an Empathic" [label("Empathic"), printed()],
        /// Creative.
        Creative = "a Creative" [label("Creative"), printed()],
    }
    accepts AnyString
}

open_enumeration! {
    /// Role of an agent.
    pub enum AgentType {
        /// Sells.
        Sales = "sales" [label("Sales representative")],
        /// Supports customers.
        Support = "support" [label("Support agent"), printed()],
        /// Engages leads.
        Lead = "lead" [label("Lead engagement"), printed()],
    }
    accepts AnyString
}

open_enumeration! {
    /// OpenAI model of an agent. The list is older than the API, which has more models.
    pub enum OpenaiModel {
        /// GPT-3.5 Turbo.
        Gpt3_5Turbo = "gpt-3.5-turbo" [printed()],
        /// GPT-4o.
        Gpt4o = "gpt-4o",
        /// GPT-4o mini.
        Gpt4oMini = "gpt-4o-mini" [printed()],
    }
    accepts AnyString
}

open_enumeration! {
    /// Time zone of an agent: an offset from UTC, such as `UTC+01:00`. It does not follow summer
    /// time.
    ///
    /// Only a part of the API's list is published. Any other offset is sent unchanged.
    pub enum Timezone {
        /// 11 hours behind UTC.
        UtcMinus1100 = "UTC-11:00" [printed()],
        /// 10 hours behind UTC.
        UtcMinus1000 = "UTC-10:00" [printed()],
        /// 8 hours behind UTC.
        UtcMinus0800 = "UTC-08:00" [printed()],
        /// 7 hours behind UTC.
        UtcMinus0700 = "UTC-07:00" [printed()],
        /// 6 hours behind UTC.
        UtcMinus0600 = "UTC-06:00" [printed()],
        /// 5 hours behind UTC.
        UtcMinus0500 = "UTC-05:00" [printed()],
        /// 4 hours and 30 minutes behind UTC.
        UtcMinus0430 = "UTC-04:30" [printed()],
        /// 4 hours behind UTC.
        UtcMinus0400 = "UTC-04:00" [printed()],
        /// 3 hours behind UTC.
        UtcMinus0300 = "UTC-03:00" [printed()],
        /// 2 hours and 30 minutes behind UTC.
        UtcMinus0230 = "UTC-02:30" [printed()],
        /// 2 hours behind UTC.
        UtcMinus0200 = "UTC-02:00" [printed()],
        /// 1 hour behind UTC.
        UtcMinus0100 = "UTC-01:00" [printed()],
        /// UTC itself.
        Utc = "UTC+00:00",
        /// 1 hour ahead of UTC.
        UtcPlus0100 = "UTC+01:00" [printed()],
        /// 2 hours ahead of UTC.
        UtcPlus0200 = "UTC+02:00" [printed()],
        /// 3 hours ahead of UTC.
        UtcPlus0300 = "UTC+03:00" [printed()],
        /// 3 hours and 30 minutes ahead of UTC.
        UtcPlus0330 = "UTC+03:30" [printed()],
        /// 4 hours ahead of UTC.
        UtcPlus0400 = "UTC+04:00" [printed()],
        /// 4 hours and 30 minutes ahead of UTC.
        UtcPlus0430 = "UTC+04:30" [printed()],
        /// 5 hours ahead of UTC.
        UtcPlus0500 = "UTC+05:00" [printed()],
        /// 5 hours and 30 minutes ahead of UTC.
        UtcPlus0530 = "UTC+05:30" [printed()],
        /// 5 hours and 45 minutes ahead of UTC.
        UtcPlus0545 = "UTC+05:45" [printed()],
        /// 6 hours ahead of UTC.
        UtcPlus0600 = "UTC+06:00" [printed()],
        /// 14 hours ahead of UTC.
        UtcPlus1400 = "UTC+14:00" [printed()],
    }
    accepts UtcOffset
}

open_enumeration! {
    /// Language of an agent: a language tag (BCP 47). Only a part of the API's list is published.
    pub enum Language {
        /// English.
        English = "en",
        /// English of the United States.
        EnglishUnitedStates = "en-US" [printed()],
        /// French.
        French = "fr" [printed()],
        /// Hindi.
        Hindi = "hi" [printed()],
    }
    accepts AnyString
}

open_enumeration! {
    /// Voice of an agent. Each workspace has its own list, of which one value is published.
    pub enum Voice {
        /// Alloy.
        Alloy = "alloy",
    }
    accepts AnyString
}

open_enumeration! {
    /// Line type of a phone number. The API uses the numbers; their order is that of Twilio Lookup.
    pub enum LineType {
        /// Landline.
        Landline = "landline" [number(1), printed()],
        /// Mobile phone.
        Mobile = "mobile" [number(2), printed()],
        /// Internet telephony at a fixed address.
        FixedVoip = "fixedVoip" [number(3), inferred()],
        /// Internet telephony without a fixed address.
        NonFixedVoip = "nonFixedVoip" [number(4), inferred()],
        /// Personal number.
        Personal = "personal" [number(5), inferred()],
        /// Toll-free number.
        TollFree = "tollFree" [number(6), inferred()],
        /// Premium rate number.
        Premium = "premium" [number(7), inferred()],
        /// Shared cost number.
        SharedCost = "sharedCost" [number(8), inferred()],
        /// Universal access number.
        Uan = "uan" [number(9), inferred()],
        /// Voicemail service.
        Voicemail = "voicemail" [number(10), inferred()],
        /// Pager.
        Pager = "pager" [number(11), inferred()],
        /// Unknown type.
        Unknown = "unknown" [number(12), inferred()],
    }
    accepts Numbers
}

open_enumeration! {
    /// Background sound of an agent. One value is published.
    pub enum BackgroundSound {
        /// Ambience of an office.
        OfficeAmbience = "office-ambience.wav",
    }
    accepts AnyString
}

open_enumeration! {
    /// Date range in which a calendar action offers appointments. One value is published.
    pub enum CalendarPeriod {
        /// One week.
        OneWeek = "1week",
    }
    accepts AnyString
}

open_enumeration! {
    /// Duration of a meeting in a Google calendar. One value is published.
    pub enum GoogleDuration {
        /// 30 minutes.
        ThirtyMinutes = "30 mins",
    }
    accepts AnyString
}

impl LineType {
    /// Returns the number that the API uses; `None` for an unknown value.
    pub fn number(&self) -> Option<i64> {
        Self::ENUMERATION.number_of(self.as_str()).or_else(|| self.as_str().parse().ok())
    }

    /// Returns the numbers of line types, for `blocked_phone_types`. A line type is a value, a name
    /// or a number.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) for an unknown name.
    ///
    /// # Example
    /// ```
    /// use callfluent::LineType;
    ///
    /// assert_eq!(LineType::numbers([LineType::Mobile, LineType::Pager])?, [2, 11]);
    /// assert_eq!(LineType::numbers(["landline", "3"])?, [1, 3]);
    /// assert!(LineType::numbers(["fax"]).is_err());
    /// # Ok::<(), callfluent::Error>(())
    /// ```
    pub fn numbers(types: impl IntoIterator<Item = impl Into<Self>>) -> Result<Vec<i64>> {
        let numbered = types.into_iter().map(Into::into).map(|line_type: Self| {
            let unknown = || not_numbered(&Self::ENUMERATION, line_type.as_str());
            line_type.number().ok_or_else(|| Error::invalid("LineType::numbers", "types", unknown()))
        });
        numbered.collect()
    }
}

impl From<i64> for LineType {
    fn from(number: i64) -> Self {
        match Self::ENUMERATION.with_number(number) {
            Some(known) => Self::from(known.value),
            None => Self::Other(number.to_string()),
        }
    }
}
