"""Chinese follow-ups as people type them, each with the question that is meant."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatbot.dialogue import Exchange, standalone

ORIGIN = Exchange("《物种起源》是谁写的？", "达尔文")
WIFE = Exchange("达尔文的妻子是谁？", "艾玛·韦奇伍德")
REVENUE = Exchange("2022年的收入是多少？", "三百万元")
BORN = Exchange("达尔文是什么时候出生的？", "1809年")
RIVER = Exchange("长江有多长？", "6300公里")
BRIDGE = Exchange("大桥是什么时候关闭的？", "1998年")
ADA = Exchange("爱达·洛夫莱斯出生在哪里？", "伦敦")
APPLE = Exchange("苹果公司的总部在哪里？", "库比蒂诺")
WAR = Exchange("谁写了《战争与和平》？", "托尔斯泰")
PARIS = Exchange("巴黎的人口是多少？", "两百万")
APPLE_2022 = Exchange("苹果公司2022年的收入是多少？", "一亿元")
APPLE_IN_2022 = Exchange("苹果公司在2022年卖了多少手机？", "一亿部")
INCOME = Exchange("收入是多少？", "三百万元")
CHARGE = Exchange("1000元的手续费是多少？", "五元")
SU_DI = Exchange("蘇堤有多長？", "二點八公里")
ZHENG_HE = Exchange("鄭和來過多少次馬六甲？", "五次")
LEAVE = Exchange("员工每年有多少天年假？", "25天")
BOOKS = Exchange("图书馆有多少本书？", "一万本")
WHICH_BOOKS = Exchange("图书馆有哪些书？", "诗集")
MEETING = Exchange("会议在哪里举行？", "北京")
DIKE = Exchange("苏堤是谁建的？", "苏轼")
NO_BUILDER = Exchange("苏堤是谁建的？", "")
EINSTEIN = Exchange("爱因斯坦是谁？", "物理学家")
COMPANY = Exchange("公司2022年的收入是多少？", "三百万元")
LAST_YEAR = Exchange("公司去年的收入是多少？", "三百万元")
FIRST_HALF = Exchange("公司上半年的收入是多少？", "三百万元")
NO_YEAR = Exchange("公司的收入是多少？", "三百万元")

CASES = [
    (ORIGIN, "他什么时候出生？", "达尔文什么时候出生？"),
    (ORIGIN, "那他是哪国人？", "达尔文是哪国人？"),
    (ORIGIN, "它是什么时候出版的？", "《物种起源》是什么时候出版的？"),
    (ORIGIN, "什么时候？", "《物种起源》是什么时候写的？"),
    (ORIGIN, "他的妻子是谁？", "达尔文的妻子是谁？"),
    (ORIGIN, "《人类的由来》呢？", "《人类的由来》是谁写的？"),
    (ORIGIN, "这本书有多少页？", "《物种起源》有多少页？"),
    (WIFE, "她什么时候去世？", "艾玛·韦奇伍德什么时候去世？"),
    (WIFE, "他什么时候出生？", "达尔文什么时候出生？"),
    (WIFE, "华莱士呢？", "华莱士的妻子是谁？"),
    (WIFE, "他的父亲呢？", "达尔文的父亲是谁？"),
    (REVENUE, "那2023年呢？", "2023年的收入是多少？"),
    (REVENUE, "2021年呢", "2021年的收入是多少？"),
    (REVENUE, "利润呢？", "2022年的利润是多少？"),
    (REVENUE, "那2023年的利润呢？", "2023年的利润是多少？"),
    (REVENUE, "2023年净利润呢？", "2023年的净利润是多少？"),
    (REVENUE, "2023年的呢？", "2023年的收入是多少？"),
    (REVENUE, "2023年3月呢？", "2023年3月的收入是多少？"),
    (REVENUE, "那微软2023年呢？", "微软2023年的收入是多少？"),
    (REVENUE, "微软2023年的利润呢？", "微软2023年的利润是多少？"),
    (APPLE_2022, "那2023年的利润呢？", "苹果公司2023年的利润是多少？"),
    (APPLE_2022, "2023-24年呢？", "苹果公司2023-24年的收入是多少？"),
    (APPLE_IN_2022, "微软2023年呢？", "微软在2023年卖了多少手机？"),
    (INCOME, "2023年的利润呢？", "2023年的利润是多少？"),
    (INCOME, "2023年呢？", "2023年收入是多少？"),
    (CHARGE, "5000元呢？", "5000元的手续费是多少？"),
    (REVENUE, "为什么？", "为什么2022年的收入是三百万元？"),
    (BORN, "在哪里？", "达尔文是在哪里出生的？"),
    (BORN, "那年发生了什么？", "1809年发生了什么？"),
    (BORN, "华莱士呢？", "华莱士是什么时候出生的？"),
    (BORN, "他的妻子呢？", "达尔文的妻子是什么时候出生的？"),
    (RIVER, "它发源于哪里？", "长江发源于哪里？"),
    (RIVER, "黄河呢？", "黄河有多长？"),
    (BRIDGE, "为什么？", "大桥是为什么关闭的？"),
    (BRIDGE, "谁关闭了它？", "谁关闭了大桥？"),
    (BRIDGE, "隧道呢？", "隧道是什么时候关闭的？"),
    (ADA, "那里有多少人？", "伦敦有多少人？"),
    (ADA, "她的母亲是谁？", "爱达·洛夫莱斯的母亲是谁？"),
    (APPLE, "该公司是什么时候成立的？", "苹果公司是什么时候成立的？"),
    (APPLE, "微软呢？", "微软的总部在哪里？"),
    (WAR, "他出生在哪里？", "托尔斯泰出生在哪里？"),
    (WAR, "什么时候？", "托尔斯泰什么时候写了《战争与和平》？"),
    (WAR, "为什么？", "为什么托尔斯泰写了《战争与和平》？"),
    (PARIS, "面积呢？", "巴黎的面积是多少？"),
    (PARIS, "伦敦呢？", "伦敦的人口是多少？"),
    (SU_DI, "它是誰建的？", "蘇堤是誰建的？"),
    (SU_DI, "白堤呢？", "白堤有多長？"),
    (ZHENG_HE, "他死於何時？", "鄭和死於何時？"),
    # What counts or names a noun is not exchanged for "why" or "when".
    (LEAVE, "为什么？", "为什么？"),
    (BOOKS, "什么时候？", "什么时候？"),
    (WHICH_BOOKS, "为什么？", "为什么？"),
    (RIVER, "什么时候？", "什么时候？"),
    (RIVER, "为什么？", "为什么长江有6300公里？"),
    (MEETING, "为什么？", "会议为什么举行？"),
    (MEETING, "在什么时候？", "会议在什么时候举行？"),
    # Whose wife: of who built it, not of what was built.
    (DIKE, "他妻子呢？", "苏轼的妻子呢？"),
    (DIKE, "他的妻子呢？", "苏轼的妻子呢？"),
    (NO_BUILDER, "他妻子呢？", "他妻子呢？"),
    (EINSTEIN, "他妻子呢？", "爱因斯坦的妻子是谁？"),
    # A part of a year, and a year without its number.
    (COMPANY, "上半年呢？", "公司2022年上半年的收入是多少？"),
    (COMPANY, "第一季度呢？", "公司2022年第一季度的收入是多少？"),
    (COMPANY, "下半年的利润呢？", "公司2022年下半年的利润是多少？"),
    (COMPANY, "去年呢？", "公司去年的收入是多少？"),
    (COMPANY, "明年的利润呢？", "公司明年的利润是多少？"),
    (LAST_YEAR, "今年呢？", "公司今年的收入是多少？"),
    (LAST_YEAR, "2022年呢？", "公司2022年的收入是多少？"),
    (FIRST_HALF, "下半年呢？", "公司下半年的收入是多少？"),
    (NO_YEAR, "上半年呢？", "上半年公司的收入是多少？"),
    (NO_YEAR, "下半年的利润呢？", "下半年的利润呢？"),
    (BRIDGE, "上半年呢？", "上半年呢？"),
]

ALONE = [
    "达尔文什么时候出生？",
    "长江有多长？",
    "谁在铁木真与第一任妻子婚后不久绑架了她？",
    "法国在哪里集中力量重建其帝国？",
    "徐陵和庾信齐名，他们的文体合称为什么？",
    "其他成员是谁？",
    "他呢？",
    "在這次選舉中誰獲勝？",
    "谢谢！",
    "收入",
]


@pytest.mark.parametrize(("before", "typed", "meant"), CASES)
def test_a_follow_up_is_read_as_it_is_meant(before: Exchange, typed: str, meant: str) -> None:
    assert standalone(typed, [before]) == meant


@pytest.mark.parametrize("question", ALONE)
@pytest.mark.parametrize("before", [BORN, RIVER, Exchange("Who was Darwin?", "a naturalist")])
def test_a_question_that_stands_alone_is_left_alone(before: Exchange, question: str) -> None:
    assert standalone(question, [before]) == question


def test_he_may_be_whom_the_last_question_does_not_name() -> None:
    history = [WIFE, Exchange("艾玛·韦奇伍德什么时候去世？", "1896年")]
    assert standalone("他呢？", history) == "达尔文什么时候去世？"


@pytest.mark.parametrize(
    ("before", "typed"),
    [
        (BORN, "他们呢？"),
        (BORN, "她們呢？"),
        (BORN, "其次呢？"),
        (ORIGIN, "其次是谁？"),
        (APPLE_IN_2022, "2023年的利润呢？"),
        (Exchange("的人口是多少？", ""), "它有多大？"),
    ],
)
def test_what_nothing_before_explains_is_left_alone(before: Exchange, typed: str) -> None:
    assert standalone(typed, [before]) == typed


@given(st.text("他她它呢那谁什么时候的是在有年2023《》？，书", max_size=14), st.text(max_size=20))
@example("她", "\r")  # an answer that is but white space names nobody
def test_whatever_is_typed_something_can_be_looked_up(typed: str, got: str) -> None:
    meant = standalone(typed, [Exchange("谁写了《战争与和平》？", got)])
    assert bool(meant.strip()) == bool(typed.strip())
